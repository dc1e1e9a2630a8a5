// More than this in two seconds is faster than anyone reads.
const MANY = 6;
const WITHIN_MS = 2000;

/** Whether messages come faster than they can be read, so that following them would run away with the page. */
export class Pace {
  private readonly came: { at: number; count: number }[] = [];

  arrive(count: number, now_ms: number): void {
    if (count > 0) this.came.push({ at: now_ms, count });
  }

  /** Somebody asked to be taken along: what came before that counts no more. */
  forget(): void {
    this.came.length = 0;
  }

  tooFast(now_ms: number): boolean {
    while (this.came[0] !== undefined && this.came[0].at < now_ms - WITHIN_MS) this.came.shift();
    return this.came.reduce((sum, some) => sum + some.count, 0) > MANY;
  }
}
