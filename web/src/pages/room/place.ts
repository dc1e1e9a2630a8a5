// Within this of the end, the reader is at the end.
const NEAR_PX = 48;
const MOST_VIEW = 0.7;

/** The row whose top is kept where it is, by its place in the document. */
interface Anchor {
  readonly key: string;
  readonly top: number;
}

/**
 * Keeps what is being read where it is: whatever comes, goes or grows above it, the row at the top of the view stays.
 * At the end of the list, the end stays.
 */
export class Place {
  atEnd = true;
  private anchor: Anchor | null = null;

  constructor(
    private readonly list: HTMLElement,
    /** How much of the view's top is covered by the bar. */
    private readonly covered_px: () => number,
  ) {}

  private rows(): readonly HTMLElement[] {
    return [...this.list.children].filter(
      (row): row is HTMLElement => row instanceof HTMLElement && "key" in row.dataset,
    );
  }

  row(key: string): HTMLElement | undefined {
    return this.rows().find((row) => row.dataset["key"] === key);
  }

  /** How far the end of the page is below the view. */
  below(): number {
    const page = document.documentElement;
    return page.scrollHeight - innerHeight - scrollY;
  }

  /** Remembers where the reader is. Called on every scroll, before anything is drawn anew. */
  note(): void {
    this.atEnd = this.below() <= NEAR_PX;
    const line = this.covered_px();
    // A message: the line of a day stays on top when earlier ones of that day come in between.
    const row = this.rows().find((each) => !("line" in each.dataset) && each.getBoundingClientRect().bottom > line);
    const key = row?.dataset["key"];
    this.anchor =
      row === undefined || key === undefined ? null : { key, top: row.getBoundingClientRect().top + scrollY };
  }

  /** Puts the reader back where they were, after something was drawn anew or changed its height. */
  keep(): void {
    // Something taller than the view would carry its own beginning out of sight.
    if (this.atEnd && this.below() <= innerHeight * MOST_VIEW) {
      this.toEnd();
      return;
    }
    this.atEnd = false;
    const row = this.anchor === null ? undefined : this.row(this.anchor.key);
    if (row === undefined || this.anchor === null) return;
    const top = row.getBoundingClientRect().top + scrollY;
    const moved = top - this.anchor.top;
    this.anchor = { key: this.anchor.key, top };
    if (Math.abs(moved) >= 1) scrollBy({ top: moved, behavior: "instant" });
  }

  toEnd(): void {
    this.atEnd = true;
    scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });
  }

  /** Shows a row a third down the view. False: it is not drawn. */
  show(key: string): boolean {
    const row = this.row(key);
    if (row === undefined) return false;
    const line = this.covered_px() + (innerHeight - this.covered_px()) / 4;
    scrollBy({ top: row.getBoundingClientRect().top - line, behavior: "instant" });
    this.note();
    return true;
  }

  /** The last row that is in view to its end: what has been seen. */
  lastSeen(foot_px: number): string | null {
    const line = innerHeight - foot_px;
    const seen = this.rows().filter((row) => row.getBoundingClientRect().bottom <= line + NEAR_PX);
    return seen.at(-1)?.dataset["key"] ?? null;
  }
}
