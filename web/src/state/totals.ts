/** Asks for the totals of reactions when some were missed. */

import type { RoomId, Tallies } from "../contract.gen";
import type { Api } from "../link/api";
import type { Cancel, Clock } from "../link/clock";
import { refusalOf } from "./history";

// A room of a thousand that misses the same signal must not ask in the same moment.
const SPREAD_MS = 1500;
const SOON_MS = 200;
const AGAIN_MS = 5000;

export interface TotalsHow {
  readonly api: Api;
  readonly clock: Clock;
  readonly room: RoomId;
  /** The revision up to which all is known; null when there is nothing to ask for. */
  readonly since: () => number | null;
  readonly came: (tallies: Tallies) => void;
}

export class Totals {
  readonly #how: TotalsHow;
  #cancel: Cancel | null = null;

  constructor(how: TotalsHow) {
    this.#how = how;
  }

  soon(): void {
    this.#cancel ??= this.#in(SOON_MS + this.#how.clock.random() * SPREAD_MS);
  }

  /** A signal has shown that nothing was missed, or there is nobody left to tell. */
  never(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #in(ms: number): Cancel {
    return this.#how.clock.later(ms, () => void this.#ask());
  }

  async #ask(): Promise<void> {
    const { api, room, since, came } = this.#how;
    const rev = since();
    const asked = this.#cancel;
    const tallies = rev === null ? null : await answerOf(api("tallies", { params: { room }, query: { since: rev } }));
    if (this.#cancel !== asked) return;
    this.#cancel = tallies === "unreachable" ? this.#in(AGAIN_MS) : null;
    if (tallies !== null && tallies !== "unreachable") came(tallies);
  }
}

async function answerOf(asked: Promise<Tallies>): Promise<Tallies | "unreachable" | null> {
  try {
    return await asked;
  } catch (failure) {
    return refusalOf(failure) === null ? "unreachable" : null;
  }
}
