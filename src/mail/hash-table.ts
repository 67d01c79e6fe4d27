/** Tables that hold much in little memory: a Map of strings takes ten times that for each of 100,000 mails. */

/** A number array that grows by half at a time; what is not set is 0. */
export interface Column {
  get(index: number): number;
  set(index: number, value: number): void;
}

/** 32 bits each. */
export function createColumn(): Column {
  let values = new Int32Array(1024);
  return {
    get: (index) => (index < values.length ? values[index] : 0),
    set(index, value) {
      if (index >= values.length) {
        const next = new Int32Array(Math.max(index + 1, Math.ceil(values.length * 1.5)));
        next.set(values);
        values = next;
      }
      values[index] = value;
    },
  };
}

/** Which numbers 0, 1, 2, … stand under a hash of 32 bits; the caller knows which of those that meet is meant. */
export interface HashIndex {
  /** The first number under `hash` for which `isMeant` holds; -1 where there is none. */
  find(hash: number, isMeant: (index: number) => boolean): number;
  /** Adds the next number and gives it. */
  add(hash: number): number;
}

/** Open addressing with at most three slots in four taken: some 10 bytes a number. */
export function createHashIndex(): HashIndex {
  const hashes = createColumn();
  let slots = new Int32Array(1 << 10); // a number plus 1; 0 is empty
  let count = 0;
  const slotOf = (hash: number) => Math.imul(hash, 0x9e3779b1) >>> Math.clz32(slots.length - 1);
  const after = (slot: number) => (slot + 1) & (slots.length - 1);

  function place(index: number): void {
    let slot = slotOf(hashes.get(index));
    while (slots[slot] !== 0) slot = after(slot);
    slots[slot] = index + 1;
  }

  return {
    find(hash, isMeant) {
      for (let slot = slotOf(hash); slots[slot] !== 0; slot = after(slot)) {
        const index = slots[slot] - 1;
        if (hashes.get(index) === (hash | 0) && isMeant(index)) return index;
      }
      return -1;
    },
    add(hash) {
      const index = count++;
      hashes.set(index, hash);
      if (count * 4 > slots.length * 3) {
        slots = new Int32Array(slots.length * 2);
        for (let known = 0; known < count; known++) place(known);
      } else place(index);
      return index;
    },
  };
}

/** Ids of 16 hexadecimal digits by number, 8 bytes each. */
export interface IdColumn {
  get(index: number): string;
  set(index: number, id: string): void;
}

export function createIdColumn(): IdColumn {
  const [high, low] = [createColumn(), createColumn()];
  const hex = (value: number) => (value >>> 0).toString(16).padStart(8, "0");
  return {
    get: (index) => hex(high.get(index)) + hex(low.get(index)),
    set(index, id) {
      high.set(index, Number.parseInt(id.slice(0, 8), 16));
      low.set(index, Number.parseInt(id.slice(8), 16));
    },
  };
}

/** Ids of 16 hexadecimal digits, each once, under numbers from 0. */
export interface IdIndex {
  /** -1 where it is not there. */
  find(id: string): number;
  add(id: string): number;
  idOf(index: number): string;
}

export function createIdIndex(): IdIndex {
  const ids = createIdColumn();
  const index = createHashIndex();
  const hashOf = (id: string) => Number.parseInt(id.slice(8), 16);
  return {
    find: (id) => index.find(hashOf(id), (at) => ids.get(at) === id),
    add(id) {
      const at = index.add(hashOf(id));
      ids.set(at, id);
      return at;
    },
    idOf: ids.get,
  };
}

/** Texts by number, each once; short ones take little more than their bytes. */
export interface TextIndex {
  readonly size: number;
  /** The number of `text`, which is added where it is new. */
  of(text: string): number;
  get(index: number): string;
}

const PIECE_BYTES = 1 << 20;

/** `hash` gives 32 bits of a text. */
export function createTextIndex(hash: (text: string) => number): TextIndex {
  const index = createHashIndex();
  const pieces: Buffer[] = [];
  const [places, offsets, lengths] = [createColumn(), createColumn(), createColumn()]; // piece, byte in it, bytes
  let used = PIECE_BYTES;
  let size = 0;
  const get = (at: number) =>
    pieces[places.get(at)].toString("utf8", offsets.get(at), offsets.get(at) + lengths.get(at));
  return {
    get size() {
      return size;
    },
    of(text) {
      const known = index.find(hash(text), (at) => get(at) === text);
      if (known >= 0) return known;
      const bytes = Buffer.from(text, "utf8");
      if (used + bytes.length > PIECE_BYTES) {
        pieces.push(Buffer.allocUnsafeSlow(Math.max(PIECE_BYTES, bytes.length)));
        used = 0;
      }
      bytes.copy(pieces[pieces.length - 1], used);
      places.set(size, pieces.length - 1);
      offsets.set(size, used);
      lengths.set(size, bytes.length);
      used += bytes.length;
      size++;
      return index.add(hash(text));
    },
    get,
  };
}
