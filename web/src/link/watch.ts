/** Notices that a line is dead although nobody said so: a cable pulled, a phone that slept, a node that hangs. */

import type { Cancel, Clock } from "./clock";

// Nothing is asked of a lively line; a quiet one is asked once in this time.
const QUIET_MS = 25_000;
// Every command ends within 5 s of a working connection; the rest is the network's.
const ANSWER_MS = 10_000;
// After a sleep or a change of network the line is probably dead: the person is looking, so find out sooner.
const WOKEN_MS = 4000;
const LOOK_MS = 2000;

export interface Watched {
  /** Ask for something that has an answer. */
  probe(): void;
  dead(): void;
}

/** Counts only time that passed while this page could run: pauses between two looks count as one look. */
export class Watch {
  readonly #clock: Clock;
  readonly #watched: Watched;
  #quiet_ms = 0;
  /** How long the oldest question has waited, and how long it may. */
  #waiting: { ms: number; atMost_ms: number } | null = null;
  #looked: { readonly now: number; readonly wall: number };
  #cancel: Cancel;

  constructor(clock: Clock, watched: Watched) {
    this.#clock = clock;
    this.#watched = watched;
    this.#looked = { now: clock.now(), wall: clock.wall() };
    this.#cancel = clock.later(LOOK_MS, () => this.#look());
  }

  stop(): void {
    this.#cancel();
  }

  heard(): void {
    this.#quiet_ms = 0;
  }

  /** A question is out. Only the first one's wait counts until all are answered or one is. */
  asked(): void {
    this.#waiting ??= { ms: 0, atMost_ms: ANSWER_MS };
  }

  /** An answer came; `more`: others are still awaited, from now on. */
  answered(more: boolean): void {
    this.#waiting = more ? { ms: 0, atMost_ms: ANSWER_MS } : null;
  }

  /** The page woke up or the network changed. */
  woke(): void {
    if (this.#waiting === null) this.#watched.probe();
    if (this.#waiting !== null)
      this.#waiting.atMost_ms = Math.min(this.#waiting.atMost_ms, this.#waiting.ms + WOKEN_MS);
  }

  #look(): void {
    const { now, wall } = this.#looked;
    this.#looked = { now: this.#clock.now(), wall: this.#clock.wall() };
    const passed_ms = this.#looked.now - now;
    // Some devices stop both timers and this clock while they sleep, so the date is asked too. It only leads to a
    // question: a date that was set by hand does no harm.
    const slept = Math.max(passed_ms, this.#looked.wall - wall) > 5 * LOOK_MS;
    this.#cancel = this.#clock.later(LOOK_MS, () => this.#look());
    if (slept) this.woke();
    this.#count(Math.min(passed_ms, 2 * LOOK_MS));
  }

  /** A sleeping device's timers stand still; that time is no fault of the line's. */
  #count(passed_ms: number): void {
    this.#quiet_ms += passed_ms;
    if (this.#waiting !== null) {
      this.#waiting.ms += passed_ms;
      if (this.#waiting.ms >= this.#waiting.atMost_ms) this.#watched.dead();
    } else if (this.#quiet_ms >= QUIET_MS) this.#watched.probe();
  }
}
