/** The live connection where a network forbids WebSockets: cursors and commands in, items out, again and again. */

import type { Ask, Poll, ServerItem } from "../contract.gen";
import { Refused, request, type Fetch } from "./api";
import type { Clock } from "./clock";
import type { End, Listener, Standing, Transport } from "./transport";

const WAIT_S = 25;
// The server's longest wait and a slow network's time to carry the answer.
const DEADLINE_MS = (WAIT_S + 10) * 1000;
// An answer that comes at once every time (signals in a lively room) must not become a busy loop.
const SPACING_MS = 300;
// As much as one request may hold. Nobody looks at so many rooms at once; more commands go with the next one.
const ASKS_AT_ONCE = 64;
const STREAMS_AT_ONCE = 32;

export interface PollHow {
  readonly fetcher: Fetch;
  readonly clock: Clock;
  readonly tab: string;
  readonly standing: Standing;
}

export function openPoll(how: PollHow, listener: Listener): Transport {
  return new Polling(how, listener);
}

class Polling implements Transport {
  readonly by = "poll";
  readonly #how: PollHow;
  readonly #listener: Listener;
  #asks: readonly Ask[] = [];
  #over = false;
  #greeted = false;
  #running: { readonly stop: AbortController; readonly asks: boolean } | null = null;
  #cancelNext = (): void => {};

  constructor(how: PollHow, listener: Listener) {
    this.#how = how;
    this.#listener = listener;
    void this.#run();
  }

  ask(ask: Ask): void {
    this.#asks = [...this.#asks, ask];
    this.restart();
  }

  /** A poll that only waits can be asked anew. One that carries commands is answered at once anyway. */
  restart(): void {
    if (!this.#greeted || this.#running?.asks === true) return;
    this.#running?.stop.abort();
    this.#running = null;
    this.#next(0);
  }

  close(): void {
    this.#over = true;
    this.#cancelNext();
    this.#running?.stop.abort();
  }

  #next(pause_ms: number): void {
    this.#cancelNext();
    this.#cancelNext = this.#how.clock.later(pause_ms, () => void this.#run());
  }

  async #run(): Promise<void> {
    const { clock } = this.#how;
    const body = this.#body();
    const running = { stop: new AbortController(), asks: (body.asks?.length ?? 0) > 0 };
    this.#running = running;
    const began = clock.now();
    try {
      const items = (await request(
        { ...this.#how, deadline_ms: DEADLINE_MS },
        "/live/poll",
        initOf(body, running.stop),
      )) as readonly ServerItem[];
      if (this.#over || this.#running !== running) return;
      this.#running = null;
      this.#took(items);
    } catch (failure) {
      if (this.#over || this.#running !== running) return;
      this.#over = true;
      this.#listener.closed(endOf(failure));
    }
    if (!this.#over) this.#next(this.#asks.length > 0 ? 0 : Math.max(0, SPACING_MS - (clock.now() - began)));
  }

  #took(items: readonly ServerItem[]): void {
    const answered = new Set(items.map((item) => ("ref" in item ? item.ref : null)));
    this.#asks = this.#asks.filter((ask) => !answered.has(ask.ref));
    this.#greeted = true;
    this.#listener.items(items);
  }

  /** The first one neither waits nor asks for anything: it only finds out whether, and as whom, one gets through. */
  #body(): Poll {
    const first = !this.#greeted;
    return {
      tab: this.#how.tab,
      streams: first ? [] : this.#how.standing.streams().slice(0, STREAMS_AT_ONCE),
      asks: first ? [] : this.#asks.slice(0, ASKS_AT_ONCE),
      wait_s: first ? 0 : WAIT_S,
    };
  }
}

function initOf(body: Poll, stop: AbortController): RequestInit {
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-Hearth": "1" };
  return { method: "POST", headers, credentials: "same-origin", body: JSON.stringify(body), signal: stop.signal };
}

function endOf(failure: unknown): End {
  if (failure instanceof Refused && failure.code === "signed_out")
    return { is: "stopped", code: failure.code, poisoned: false };
  return { is: "lost" };
}
