/** Tells the room that I am writing: seldom, and not a moment longer than I do. */

import type { RoomId } from "../contract.gen";
import type { Cancel, Clock } from "../link/clock";
import type { Link } from "../link/link";

// The server believes it for six seconds.
const AGAIN_MS = 3000;
const IDLE_MS = 5000;

export class Teller {
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #room: RoomId;
  #toldAt: number | null = null;
  #cancelIdle: Cancel = () => {};

  constructor(link: Link, clock: Clock, room: RoomId) {
    [this.#link, this.#clock, this.#room] = [link, clock, room];
  }

  writing(): void {
    this.#cancelIdle();
    this.#cancelIdle = this.#clock.later(IDLE_MS, () => this.stopped());
    const now = this.#clock.now();
    if (this.#toldAt !== null && now - this.#toldAt < AGAIN_MS) return;
    this.#toldAt = now;
    this.#tell(true);
  }

  stopped(): void {
    this.#cancelIdle();
    if (this.#toldAt === null) return;
    this.#toldAt = null;
    this.#tell(false);
  }

  /** True just now or nothing: it isn't kept for when the line is back. */
  #tell(on: boolean): void {
    if (this.#link.isLive) this.#link.ask({ t: "typing.tell", room: this.#room, on });
  }
}
