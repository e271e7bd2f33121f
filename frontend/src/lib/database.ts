/**
 * Named records in IndexedDB, nothing more. Every promise rejects where the browser refuses: in a
 * private window, on a full disk, when its storage was cleared under the page.
 */

const NAME = "tiebreak";
const STORE = "records";
const PATIENCE_MS = 3_000;

export type Durability = "strict" | "relaxed";

/** `onGone` is called when the browser takes the database away later on. */
export function openDatabase(onGone: () => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the database does not open")), PATIENCE_MS);
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onerror = () => {
      clearTimeout(timer);
      reject(request.error ?? new Error("the database was refused"));
    };
    request.onsuccess = () => {
      clearTimeout(timer);
      const database = request.result;
      database.onclose = onGone;
      database.onversionchange = () => {
        database.close();
        onGone();
      };
      resolve(database);
    };
  });
}

export interface Change {
  put?: readonly (readonly [key: string, value: unknown])[];
  drop?: readonly string[];
}

/**
 * All of a change or nothing. The request leaves the page before this returns, so a page that goes
 * away in the next moment has written it all the same.
 */
export function writeRecords(
  database: IDBDatabase,
  change: Change,
  durability: Durability,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const act = database.transaction(STORE, "readwrite", { durability });
    act.oncomplete = () => resolve();
    act.onabort = () => reject(act.error ?? new Error("the browser did not keep it"));
    const store = act.objectStore(STORE);
    for (const key of change.drop ?? []) store.delete(key);
    for (const [key, value] of change.put ?? []) store.put(value, key);
    act.commit();
  });
}

/** Every record whose key begins with `prefix`, by key. */
export function readRecords(database: IDBDatabase, prefix: string): Promise<Map<string, unknown>> {
  return new Promise((resolve, reject) => {
    const act = database.transaction(STORE, "readonly");
    const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
    const keys = act.objectStore(STORE).getAllKeys(range);
    const values = act.objectStore(STORE).getAll(range);
    act.oncomplete = () =>
      resolve(new Map(keys.result.map((key, index) => [String(key), values.result[index]])));
    act.onabort = () => reject(act.error ?? new Error("the browser did not read it"));
  });
}
