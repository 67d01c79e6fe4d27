/** What the app keeps in IndexedDB: replies that left, and what people made of drafts. */

const DATABASE = "pocketreply";
const STORES = ["history", "edits"] as const;

/** Does one thing to one store; rejects where the browser gives no storage, or no room. */
export function inStore<T>(
  name: (typeof STORES)[number],
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 2);
    opening.onupgradeneeded = () => {
      const { result: database } = opening;
      for (const store of STORES)
        if (!database.objectStoreNames.contains(store)) database.createObjectStore(store, { keyPath: "id" });
    };
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      database.onversionchange = () => database.close(); // a newer app in another tab
      const transaction = database.transaction(name, mode);
      const request = act(transaction.objectStore(name));
      transaction.oncomplete = () => {
        database.close();
        resolve(request.result);
      };
      transaction.onerror = transaction.onabort = () => {
        database.close();
        reject(transaction.error);
      };
    };
  });
}

/** A key that no other row has. */
export const newId = (): string => crypto.randomUUID?.() ?? `${Date.now()} ${Math.random()}`; // plain http has no randomUUID
