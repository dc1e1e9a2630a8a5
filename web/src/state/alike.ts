/** Whether two plain values say the same. Parts that are one and the same object cost nothing. */
export function alike(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, n) => alike(one, b[n]));
  const [left, right] = [Object.entries(a), new Map<string, unknown>(Object.entries(b))];
  return left.length === right.size && left.every(([key, value]) => right.has(key) && alike(value, right.get(key)));
}

interface Made<T> {
  readonly parts: readonly unknown[];
  readonly value: T;
}

/** Gives back what was given before under the same key as long as it says the same, so that it isn't drawn again. */
export class Same<T> {
  #before = new Map<string, Made<T>>();
  #now = new Map<string, Made<T>>();

  /** Forget what was not asked for since the last time. */
  turn(): void {
    [this.#before, this.#now] = [this.#now, new Map()];
  }

  as(key: string, value: T): T {
    return this.#keep(key, [], value);
  }

  /** As `as`; not even made while all its parts are the same objects, as most are in a room of hundreds. */
  of(key: string, parts: readonly unknown[], make: () => T): T {
    const before = this.#before.get(key);
    if (before?.parts.length !== parts.length || !parts.every((part, n) => part === before.parts[n]))
      return this.#keep(key, parts, make());
    this.#now.set(key, before);
    return before.value;
  }

  #keep(key: string, parts: readonly unknown[], value: T): T {
    const before = this.#before.get(key)?.value;
    const same = before !== undefined && alike(before, value) ? before : value;
    this.#now.set(key, { parts, value: same });
    return same;
  }
}
