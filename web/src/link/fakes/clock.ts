/** Time that passes when a test says so. */

import type { Cancel, Clock, Page, PageNews } from "../clock";

interface Task {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export class FakeClock implements Clock {
  #now = 1000;
  #date = Date.UTC(2026, 10, 23, 12);
  #order = 0;
  #tasks: Task[] = [];
  /** What `random` gives; a half, unless a test wants another chance. */
  chance = 0.5;

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#date;
  }

  random(): number {
    return this.chance;
  }

  later(ms: number, then: () => void): Cancel {
    const task = { at: this.#now + Math.max(0, ms), order: this.#order++, run: then };
    this.#tasks.push(task);
    return () => {
      this.#tasks = this.#tasks.filter((one) => one !== task);
    };
  }

  frame(then: () => void): Cancel {
    return this.later(16, then);
  }

  get waiting(): number {
    return this.#tasks.length;
  }

  /** Let so much time pass; what becomes due happens in order, and promises settle in between. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#date += next.at - this.#now;
      this.#now = next.at;
      next.run();
      // oxlint-disable-next-line no-await-in-loop -- time is one thing after another
      await settle();
    }
    this.#date += until - this.#now;
    this.#now = until;
  }

  /** The device sleeps: no timer runs, and this clock may stand still or not. */
  sleep(ms: number, { clockRuns = true } = {}): void {
    this.#date += ms;
    if (clockRuns) this.#now += ms;
  }

  /** The date is set by hand. */
  jump(ms: number): void {
    this.#date += ms;
  }

  #next(until: number): Task | undefined {
    this.#tasks.sort((a, b) => a.at - b.at || a.order - b.order);
    const first = this.#tasks[0];
    if (first === undefined || first.at > until) return undefined;
    this.#tasks = this.#tasks.slice(1);
    return { ...first, at: Math.max(first.at, this.#now) };
  }
}

/** Promises that are ready, and those that become ready by that. */
export async function settle(): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop -- each turn may make another one ready
  for (let turn = 0; turn < 12; turn++) await Promise.resolve();
}

export class FakePage implements Page {
  readonly #tellers = new Set<(news: PageNews) => void>();
  #visible = true;
  #online = true;

  visible(): boolean {
    return this.#visible;
  }

  online(): boolean {
    return this.#online;
  }

  on(tell: (news: PageNews) => void): Cancel {
    this.#tellers.add(tell);
    return () => this.#tellers.delete(tell);
  }

  says(news: PageNews): void {
    if (news === "visible" || news === "hidden") this.#visible = news === "visible";
    if (news === "online" || news === "offline") this.#online = news === "online";
    for (const tell of this.#tellers) tell(news);
  }
}
