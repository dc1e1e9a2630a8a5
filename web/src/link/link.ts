/** The tab's one connection, for those who use it: commands and their answers, streams and what happens on them. */

import { signal, type ReadonlySignal } from "@preact/signals";

import {
  CONTRACT,
  type Code,
  type LiveCommand,
  type PersonId,
  type Receipt,
  type Refusal,
  type ServerItem,
  type StreamId,
} from "../contract.gen";
import type { Fetch } from "./api";
import type { Cancel, Clock, Page } from "./clock";
import { Line, type Connection } from "./line";
import { newNonce } from "./nonce";
import { openPoll } from "./poll";
import { openSocket, type MakeSocket } from "./socket";
import { Streams, type Follower } from "./streams";
import type { Listener, Transport } from "./transport";

export type { Connection } from "./line";
export type { Follower, StreamItem } from "./streams";

/** How an asked command ended; `lost`: the line went before the answer came, so nobody knows. */
export type Answer = Receipt | Refusal | { readonly t: "lost" };

export interface World {
  readonly clock: Clock;
  readonly page: Page;
  readonly makeSocket: MakeSocket;
  readonly fetcher: Fetch;
}

/** Refusals that say something of this moment and nothing of what was asked. */
export const PASSING: ReadonlySet<Code> = new Set<Code>(["busy", "unavailable", "unknown", "too_fast", "internal"]);
const FOLLOW_AGAIN_MS = 2000;
// Asks are counted from 1.
const NOBODYS = 0;
const NOWHERE: StreamId = `person:${"0".repeat(26)}`;

export class Link {
  readonly #world: World;
  readonly #line: Line;
  readonly #stale = signal(false);
  readonly #tab = newNonce();
  readonly #streams = new Streams((stream) => this.#follow(stream));
  readonly #onOpen = new Set<() => void>();
  readonly #answers = new Map<number, (answer: Answer) => void>();
  #person: PersonId | null = null;
  #ref = 0;
  #ahead_ms: number | null = null;

  /** Called when the server greets somebody else than the person this page was opened for. */
  onOtherPerson: () => void = () => {};

  constructor(world: World) {
    this.#world = world;
    this.#line = new Line(world.clock, world.page, {
      open: (by, listener) => this.#open(by, listener),
      admits: (items) => this.#admits(items),
      opened: () => this.#opened(),
      items: (items) => this.#took(items),
      lost: (poisoned) => this.#lost(poisoned),
      probe: () => this.#probe(),
    });
  }

  get state(): ReadonlySignal<Connection> {
    return this.#line.state;
  }

  get stale(): ReadonlySignal<boolean> {
    return this.#stale;
  }

  get isLive(): boolean {
    return this.#line.open !== null;
  }

  /** The server's time, as far as it told us; the device's until then. */
  now(): number {
    const { clock } = this.#world;
    return this.#ahead_ms === null ? clock.wall() : Math.round(clock.now() + this.#ahead_ms);
  }

  start(person: PersonId): void {
    if (this.#person === person) return;
    this.stop();
    this.#person = person;
    this.#line.start();
  }

  stop(): void {
    this.#person = null;
    for (const stream of this.#streams.ids()) this.#streams.drop(stream);
    this.#line.stop();
  }

  close(): void {
    this.stop();
    this.#line.close();
  }

  reconnect(): void {
    this.#line.reconnect();
  }

  /** `then` runs each time the line is there again, before the streams are asked for: its commands are done first. */
  onOpen(then: () => void): Cancel {
    this.#onOpen.add(then);
    return () => this.#onOpen.delete(then);
  }

  /** Send a command and hear how it ended. Only while live; until then it is the caller's to keep. */
  ask(command: LiveCommand, then: (answer: Answer) => void = () => {}): void {
    const line = this.#line.open;
    if (line === null) return then({ t: "lost" });
    const ref = ++this.#ref;
    this.#answers.set(ref, then);
    this.#line.watch?.asked();
    line.ask({ ref, do: command });
  }

  /** Every stream has one follower; a second one takes the first one's place. */
  follow(stream: StreamId, follower: Follower): Cancel {
    this.#streams.add(stream, follower);
    if (this.isLive) this.#follow(stream);
    return () => {
      if (this.#streams.drop(stream, follower)) this.#unfollow(stream);
    };
  }

  /** Ask for a stream again, from where it stands or (`anew`) with a snapshot. */
  again(stream: StreamId, how: "resume" | "anew"): void {
    if (how === "anew") this.#streams.rewind(stream);
    if (this.isLive && this.#streams.has(stream)) this.#follow(stream);
  }

  #open(by: Transport["by"], listener: Listener): Transport {
    const { makeSocket, fetcher, clock } = this.#world;
    if (by === "socket") return openSocket(makeSocket, clock, listener);
    const standing = { streams: () => this.#streams.ids().map((stream) => this.#streams.standing(stream)) };
    return openPoll({ fetcher, clock, tab: this.#tab, standing }, listener);
  }

  #admits(items: readonly ServerItem[]): boolean {
    const hello = items.find((item) => item.t === "hello");
    if (hello === undefined || hello.person === this.#person) return true;
    // Another person signed in here meanwhile. Nothing of the one may be sent as the other.
    this.#line.refuse("signed_out");
    this.onOtherPerson();
    return false;
  }

  #opened(): void {
    for (const then of this.#onOpen) then();
    for (const stream of this.#streams.ids()) this.#follow(stream);
  }

  #lost(poisoned: boolean): void {
    const waiting = [...this.#answers.values()];
    this.#answers.clear();
    for (const then of waiting) then(poisoned ? { t: "refusal", ref: NOBODYS, code: "malformed" } : { t: "lost" });
  }

  #took(items: readonly ServerItem[]): void {
    for (const item of items) {
      // Hearing one item may end the connection (signed out); what comes behind it is nobody's then.
      if (this.isLive) this.#hear(item);
    }
  }

  #hear(item: ServerItem): void {
    switch (item.t) {
      case "hello":
        if (item.contract !== CONTRACT) this.#stale.value = true;
        this.#ahead_ms = item.now_ms - this.#world.clock.now();
        return;
      case "receipt":
      case "refusal":
        return this.#take(item.ref)?.(item);
      case "following":
        this.#take(item.ref)?.({ t: "receipt", ref: item.ref });
        return this.#streams.hear(item);
      case "event":
      case "signal":
      case "ended":
        return this.#streams.hear(item);
      case "moving":
        return this.#line.move(item.retry_ms);
    }
    item satisfies never;
  }

  #take(ref: number): ((answer: Answer) => void) | undefined {
    const then = this.#answers.get(ref);
    if (this.#answers.delete(ref)) this.#line.watch?.answered(this.#answers.size > 0);
    return then;
  }

  #follow(stream: StreamId): void {
    if (this.#line.open?.by === "poll") return this.#line.open.restart();
    this.#streams.markAsked(stream, true);
    this.ask({ t: "stream.follow", ...this.#streams.standing(stream) }, (answer) => this.#followed(stream, answer));
  }

  #followed(stream: StreamId, answer: Answer): void {
    this.#streams.markAsked(stream, false);
    // The line's end said it, not the server: the stream is asked for again when the line is back.
    if (answer.t !== "refusal" || answer.ref === NOBODYS) return;
    if (!PASSING.has(answer.code)) return this.#streams.hear({ t: "ended", stream, code: answer.code });
    this.#world.clock.later(answer.retry_ms ?? FOLLOW_AGAIN_MS, () => this.again(stream, "resume"));
  }

  #unfollow(stream: StreamId): void {
    const line = this.#line.open;
    if (line?.by === "poll") line.restart();
    else if (line !== null) this.ask({ t: "stream.unfollow", stream });
  }

  /** Every command has an answer, and this one costs the server nothing. */
  #probe(): void {
    this.ask({ t: "stream.unfollow", stream: NOWHERE });
  }
}
