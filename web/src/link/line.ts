/** Gets a line to the server and keeps it: which transport, when to try again, when a line counts as dead. */

import { batch, signal, type ReadonlySignal } from "@preact/signals";

import type { Code, ServerItem } from "../contract.gen";
import type { Cancel, Clock, Page, PageNews } from "./clock";
import { pauseFor } from "./pause";
import type { End, Listener, Transport } from "./transport";
import { Watch } from "./watch";

export type Connection =
  /** Nobody is signed in, or nothing was asked for yet. */
  | { readonly is: "idle" }
  /** The first attempt since the page was opened. */
  | { readonly is: "connecting" }
  /** All is well. `by` "poll": this network forbids sockets, things come a little later. */
  | { readonly is: "live"; readonly by: "socket" | "poll" }
  /** The line was lost and is being tried again by itself. */
  | { readonly is: "reconnecting"; readonly tries: number }
  /** The device itself says that it has no network. */
  | { readonly is: "offline" }
  /** It will not come back by itself. `signed_out`, `not_found`, `malformed`, `too_fast`. */
  | { readonly is: "stopped"; readonly code: Code };

/** Whoever uses the line. */
export interface LineUser {
  /** Open a transport of this kind. It says nothing before it has been returned. */
  open(by: Transport["by"], listener: Listener): Transport;
  /** Look at the first items of a new line; false when it is not for us. */
  admits(items: readonly ServerItem[]): boolean;
  opened(): void;
  items(items: readonly ServerItem[]): void;
  /** The line that was open is gone. `poisoned`: something that was sent is the reason. */
  lost(poisoned: boolean): void;
  /** Ask something that has an answer. */
  probe(): void;
}

// A network that forbids sockets forbids the second one too; a server that restarts is back by the fourth.
const FAILURES_BEFORE_POLL = { never: 2, before: 4 };
// While polling, a socket is tried now and then: the phone may be at home by now. Seldom, as each costs a timeout.
const UPGRADE_MS = { first: 30_000, longest: 600_000 };
const nothing: Cancel = () => {};

export class Line {
  readonly #clock: Clock;
  readonly #page: Page;
  readonly #user: LineUser;
  readonly #state = signal<Connection>({ is: "idle" });
  readonly #stopHearing: Cancel;
  #now: Transport | null = null;
  /** A socket that is tried while the poll goes on. */
  #trial: Transport | null = null;
  #watch: Watch | null = null;
  #everBySocket = false;
  #socketFailures = 0;
  #tries = 0;
  #upgradeIn_ms = UPGRADE_MS.first;
  #moveAt = 0;
  #cancelRetry = nothing;
  #cancelUpgrade = nothing;
  #cancelMoving = nothing;

  constructor(clock: Clock, page: Page, user: LineUser) {
    [this.#clock, this.#page, this.#user] = [clock, page, user];
    this.#stopHearing = page.on((news) => this.#pageSays(news));
  }

  get state(): ReadonlySignal<Connection> {
    return this.#state;
  }

  /** The transport, while it is open. */
  get open(): Transport | null {
    return this.#state.peek().is === "live" ? this.#now : null;
  }

  get watch(): Watch | null {
    return this.#watch;
  }

  start(): void {
    this.stop();
    this.#state.value = { is: "connecting" };
    this.#connect();
  }

  stop(): void {
    this.#end({ is: "idle" });
    this.#tries = this.#moveAt = 0;
  }

  /** It is over, for good unless somebody says `reconnect`. */
  refuse(code: Code): void {
    this.#end({ is: "stopped", code });
  }

  close(): void {
    this.stop();
    this.#stopHearing();
  }

  /** Try at once; also out of `stopped`. */
  reconnect(): void {
    const is = this.#state.peek().is;
    if (is === "idle" || is === "live") return;
    if (is === "stopped") this.#state.value = { is: "reconnecting", tries: 0 };
    this.#drop();
    this.#connect();
  }

  /** This node goes down soon. Leave when told to, if it hasn't closed the line before. */
  move(retry_ms: number): void {
    this.#moveAt = this.#clock.now() + retry_ms;
    this.#cancelMoving();
    this.#cancelMoving = this.#clock.later(retry_ms, () => this.#lose());
  }

  #connect(): void {
    const limit = this.#everBySocket ? FAILURES_BEFORE_POLL.before : FAILURES_BEFORE_POLL.never;
    this.#now = this.#transport(this.#socketFailures >= limit ? "poll" : "socket");
  }

  #transport(by: Transport["by"]): Transport {
    const transport: Transport = this.#user.open(by, {
      // One frame is one change for whoever looks on.
      items: (items) => batch(() => this.#took(transport, items)),
      closed: (end) => this.#closed(transport, end),
    });
    return transport;
  }

  #took(from: Transport, items: readonly ServerItem[]): void {
    if (from === this.#trial) {
      this.#trial = null;
      this.#lost(false);
      this.#now?.close();
      this.#now = from;
    }
    if (this.open === null) {
      if (!this.#user.admits(items)) return;
      this.#opened(from);
    }
    this.#watch?.heard();
    this.#user.items(items);
  }

  #opened({ by }: Transport): void {
    this.#tries = 0;
    this.#cancelUpgrade();
    if (by === "poll") this.#planUpgrade();
    else {
      this.#everBySocket = true;
      this.#socketFailures = 0;
      this.#upgradeIn_ms = UPGRADE_MS.first;
    }
    // A poll is answered in its time or fails; asking in between would only make it begin again.
    const probe = (): void => (by === "socket" ? this.#user.probe() : undefined);
    this.#watch = new Watch(this.#clock, { probe, dead: () => this.#lose() });
    this.#state.value = { is: "live", by };
    this.#user.opened();
  }

  #closed(from: Transport, end: End): void {
    if (from === this.#trial) {
      this.#trial = null;
      return this.#planUpgrade();
    }
    if (from !== this.#now) return;
    if (end.is === "stopped") this.#end({ is: "stopped", code: end.code }, end.poisoned);
    else this.#comeBack(from.by);
  }

  #lose(): void {
    if (this.#now !== null) this.#closed(this.#now, { is: "lost" });
  }

  #comeBack(by: Transport["by"]): void {
    const failed = this.open === null;
    if (failed && by === "socket") this.#socketFailures++;
    // The poll failed as well, so the server is away, not the socket forbidden: the socket has its turn again.
    else if (failed) this.#socketFailures = 0;
    const pause_ms = Math.max(pauseFor(this.#tries++, this.#clock.random()), this.#moveAt - this.#clock.now());
    this.#moveAt = 0;
    this.#end(this.#page.online() ? { is: "reconnecting", tries: this.#tries } : { is: "offline" });
    this.#cancelRetry = this.#clock.later(pause_ms, () => this.#connect());
  }

  #end(state: Connection, poisoned = false): void {
    this.#drop();
    this.#lost(poisoned);
    this.#state.value = state;
  }

  /** Tells the user that the line is gone, if there was one, as the state still says. */
  #lost(poisoned: boolean): void {
    this.#watch?.stop();
    this.#watch = null;
    if (this.#state.peek().is !== "live") return;
    this.#state.value = { is: "reconnecting", tries: 0 };
    this.#user.lost(poisoned);
  }

  #drop(): void {
    for (const cancel of [this.#cancelRetry, this.#cancelUpgrade, this.#cancelMoving]) cancel();
    const [now, trial] = [this.#now, this.#trial];
    this.#now = this.#trial = null;
    now?.close();
    trial?.close();
  }

  #planUpgrade(): void {
    this.#cancelUpgrade = this.#clock.later(this.#upgradeIn_ms, () => (this.#trial = this.#transport("socket")));
    this.#upgradeIn_ms = Math.min(2 * this.#upgradeIn_ms, UPGRADE_MS.longest);
  }

  #pageSays(news: PageNews): void {
    if (news !== "online" && news !== "offline" && news !== "visible") return;
    const is = this.#state.peek().is;
    if (is === "idle" || is === "stopped") return;
    if (is === "live") return this.#now?.by === "poll" ? this.#now.restart() : this.#watch?.woke();
    if (news === "offline") this.#state.value = { is: "offline" };
    // An attempt begun on the network of before would hang; one begun on this network is left alone.
    else if (news === "online" || this.#now === null) this.reconnect();
  }
}
