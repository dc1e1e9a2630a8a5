/** What this device keeps for one person over a reload: drafts, and what waits to be sent. */

import type { PersonId } from "../contract.gen";

export interface Keep {
  get(key: string): string | null;
  set(key: string, value: string): void;
  drop(key: string): void;
  keys(prefix: string): readonly string[];
}

/** As long as the window lives and no longer: for a device that others use too. */
export function windowKeep(): Keep {
  const all = new Map<string, string>();
  return {
    get: (key) => all.get(key) ?? null,
    set: (key, value) => void all.set(key, value),
    drop: (key) => void all.delete(key),
    keys: (prefix) => [...all.keys()].filter((key) => key.startsWith(prefix)),
  };
}

/** In the browser's own store, under the person's id, so that nobody else who signs in here meets it. */
export function deviceKeep(person: PersonId, store: () => Storage = () => localStorage): Keep {
  const behind = windowKeep();
  const mine = `hearth:${person}:`;
  // A browser may forbid its store or have it full. What was typed is then kept as long as the window lives.
  const tried = <T>(work: (store: Storage) => T, otherwise: () => T): T => {
    try {
      return work(store());
    } catch {
      return otherwise();
    }
  };
  return {
    get: (key) =>
      behind.get(key) ??
      tried(
        (all) => all.getItem(mine + key),
        () => null,
      ),
    set: (key, value) =>
      tried(
        (all) => {
          all.setItem(mine + key, value);
          behind.drop(key);
        },
        () => behind.set(key, value),
      ),
    drop(key) {
      behind.drop(key);
      tried(
        (all) => all.removeItem(mine + key),
        () => {},
      );
    },
    keys(prefix) {
      const all = tried(
        (there) => Object.keys(there),
        () => [],
      );
      const here = all.filter((key) => key.startsWith(mine + prefix)).map((key) => key.slice(mine.length));
      return [...new Set([...here, ...behind.keys(prefix)])];
    },
  };
}

/** Sign-out and Leave: nothing of the person stays here. */
export function forget(keep: Keep): void {
  for (const key of keep.keys("")) keep.drop(key);
}

/** What was stored, or null when it is not there or not readable: another version of the page wrote it. */
export function stored<T>(keep: Keep, key: string, looksRight: (value: unknown) => value is T): T | null {
  const text = keep.get(key);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return looksRight(value) ? value : null;
  } catch {
    return null;
  }
}
