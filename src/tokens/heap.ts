/** A binary heap in a plain array; `isBefore` is a strict order, the first element comes out first. */

/** Adds `value`. */
export function pushHeap<T>(heap: T[], value: T, isBefore: (a: T, b: T) => boolean): void {
  let i = heap.length;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (!isBefore(value, heap[parent])) break;
    heap[i] = heap[parent];
    i = parent;
  }
  heap[i] = value;
}

/** Takes the first element; undefined where the heap is empty. */
export function popHeap<T>(heap: T[], isBefore: (a: T, b: T) => boolean): T | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return last;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
    if (!isBefore(heap[child], last)) break;
    heap[i] = heap[child];
    i = child;
  }
  heap[i] = last;
  return top;
}
