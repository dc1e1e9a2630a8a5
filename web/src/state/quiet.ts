/** A device that others use too, or that somebody of the team has left, signs itself out when it is quiet for a while. */

import { signal, type ReadonlySignal } from "@preact/signals";

import type { Cancel, Clock, Page } from "../link/clock";

const WARN_S = 60;
const LOOK_MS = 1000;
// Several windows of one browser share the session, so touching one keeps all of them.
const CHANNEL = "hearth";
const TELL_MS = 10_000;

export interface QuietHow {
  readonly clock: Clock;
  readonly page: Page;
  /** After so many quiet seconds it is over. It may be another at another page. */
  readonly idle_s: () => number;
  readonly over: () => void;
}

export class Quiet {
  readonly #how: QuietHow;
  readonly #left_s = signal<number | null>(null);
  readonly #stopPage: Cancel;
  readonly #others: BroadcastChannel | null;
  #cancel: Cancel;
  #touched = { now: 0, wall: 0 };
  #told = -TELL_MS;

  constructor(how: QuietHow) {
    this.#how = how;
    this.#others = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(CHANNEL);
    this.#others?.addEventListener("message", () => this.#touch());
    // Once it is asked, only an answer counts: the press on "Sign out now" would else take the button away.
    this.#stopPage = how.page.on((news) => news === "active" && this.#left_s.peek() === null && this.stay());
    this.#touch();
    this.#cancel = how.clock.later(LOOK_MS, () => this.#look());
  }

  get left_s(): ReadonlySignal<number | null> {
    return this.#left_s;
  }

  stay(): void {
    this.#touch();
    const now = this.#how.clock.now();
    if (now - this.#told < TELL_MS) return;
    this.#told = now;
    this.#others?.postMessage("active");
  }

  stop(): void {
    this.#cancel();
    this.#stopPage();
    this.#others?.close();
    this.#left_s.value = null;
  }

  #touch(): void {
    this.#touched = { now: this.#how.clock.now(), wall: this.#how.clock.wall() };
    this.#left_s.value = null;
  }

  /** Of the two clocks the one that says more: the first may stand still while the device sleeps. */
  #look(): void {
    const { clock, idle_s, over } = this.#how;
    const quiet_ms = Math.max(clock.now() - this.#touched.now, clock.wall() - this.#touched.wall);
    const left_s = Math.ceil(idle_s() - quiet_ms / 1000);
    if (left_s <= 0) {
      this.stop();
      return over();
    }
    this.#left_s.value = left_s <= WARN_S ? left_s : null;
    this.#cancel = clock.later(LOOK_MS, () => this.#look());
  }
}
