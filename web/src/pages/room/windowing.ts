/** Which rows of a long room are in the page. A short one is drawn whole: simplest for everyone who reads it. */

/** Up to here all rows are drawn. */
export const WHOLE = 160;
// About five screens of a phone above and below what is read, so that quick scrolling meets drawn rows.
export const DRAWN = 120;

export interface Range {
  readonly from: number;
  /** One past the last. */
  readonly to: number;
}

/** The rows to draw when the one at `index` is in the middle of what is read. */
export function rangeAround(index: number, count: number): Range {
  if (count <= WHOLE) return { from: 0, to: count };
  const from = Math.max(0, Math.min(count - DRAWN, index - DRAWN / 2));
  return { from, to: Math.min(count, from + DRAWN) };
}

export const rangeAtEnd = (count: number): Range => rangeAround(count - 1, count);

/** A row by which the others are found again, and where it was. No line of a day: that one goes on ahead. */
export interface Mark {
  readonly key: string;
  readonly at: number;
}

/** The same rows after others came before them or went. */
export function followed(range: Range, mark: Mark | null, keyAt: (i: number) => string, count: number): Range {
  if (count <= WHOLE || mark === null) return rangeAround(range.from, count);
  let at = mark.at < count && keyAt(mark.at) === mark.key ? mark.at : -1;
  for (let i = 0; at < 0 && i < count; i++) if (keyAt(i) === mark.key) at = i;
  if (at < 0) return rangeAtEnd(count);
  const from = Math.max(0, range.from + at - mark.at);
  const to = Math.min(count, from + Math.max(DRAWN, range.to - range.from));
  return { from: Math.max(0, Math.min(from, to - DRAWN)), to };
}

/** How high rows are: measured where they were drawn, otherwise as high as the others mostly are. */
export class Heights {
  private readonly known = new Map<string, number>();
  private sum = 0;

  note(key: string, height: number): void {
    this.sum += height - (this.known.get(key) ?? 0);
    this.known.set(key, height);
  }

  get typical(): number {
    return this.known.size === 0 ? 110 : this.sum / this.known.size;
  }

  of(key: string): number {
    return this.known.get(key) ?? this.typical;
  }

  /** The height of the rows from `from` up to `to`. */
  between(from: number, to: number, keyAt: (i: number) => string): number {
    let sum = 0;
    for (let i = from; i < to; i++) sum += this.of(keyAt(i));
    return sum;
  }

  /** The row that lies at `offset` from the top of the first. */
  rowAt(offset: number, count: number, keyAt: (i: number) => string): number {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      sum += this.of(keyAt(i));
      if (sum > offset) return i;
    }
    return Math.max(0, count - 1);
  }
}
