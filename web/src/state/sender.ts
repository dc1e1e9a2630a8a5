/** Sends what is asked of one room: in order, again with the same nonce until it is answered, over reloads too. */

import type { Nonce, RoomId } from "../contract.gen";
import type { Cancel, Clock } from "../link/clock";
import type { Answer, Link } from "../link/link";
import { stored, type Keep } from "./keep";
import {
  answered,
  isShown,
  nextOf,
  type Entry,
  type Lane,
  isStored,
  type RoomCommand,
  type Stored,
  type Way,
} from "./outbox";

// More than anybody writes while a train is in a tunnel.
const ROOM_FOR = 50;
// Beyond that a message would surprise the conversation it lands in, and the one who wrote it.
const FRESH_MS = 12 * 3600_000;
const LANES: readonly Lane[] = ["words", "deeds"];

export interface SenderHow {
  readonly link: Link;
  readonly clock: Clock;
  readonly keep: Keep;
  readonly room: RoomId;
  /** Something is drawn differently now. */
  readonly changed: () => void;
  /** What the answer to a command was, and what has become of the entry; null when nothing is left of it. */
  readonly heard: (entry: Entry, answer: Answer, next: Entry | null) => void;
}

export const outboxPrefix = (room: RoomId): string => `o:${room}:`;

/** The rooms for which something waits on this device. */
export function roomsWaiting(keep: Keep): readonly RoomId[] {
  return [...new Set(keep.keys("o:").map((key) => key.split(":")[1] ?? ""))];
}

export class Sender {
  readonly #how: SenderHow;
  readonly #stopHearing: Cancel;
  readonly #timers = new Map<Nonce, Cancel>();
  #entries: readonly Entry[];

  constructor(how: SenderHow) {
    this.#how = how;
    this.#entries = remembered(how);
    this.#stopHearing = how.link.onOpen(() => this.#pump());
    this.#pump();
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  get isFull(): boolean {
    return this.#entries.length >= ROOM_FOR;
  }

  close(): void {
    this.#stopHearing();
    for (const cancel of this.#timers.values()) cancel();
  }

  add(command: RoomCommand): void {
    const { nonce } = command;
    const entry: Entry = { nonce, command, at_ms: this.#atLast(), tries: 0, maybe: false, way: { is: "waiting" } };
    this.#set([...this.#entries, entry]);
    this.#remember(nonce);
    this.#pump();
  }

  retry(nonce: Nonce): void {
    const entry = this.#find(nonce);
    if (entry === undefined || (entry.way.is !== "refused" && entry.way.is !== "kept")) return;
    // Behind what was written since: the others have not waited for it.
    this.#set([
      ...this.#entries.filter((one) => one !== entry),
      { ...entry, at_ms: this.#atLast(), tries: 0, way: { is: "waiting" } },
    ]);
    this.#remember(nonce);
    this.#pump();
  }

  /** Takes it out; null while it is under way, as nobody knows then whether it is stored already. */
  take(nonce: Nonce): Entry | null {
    const entry = this.#find(nonce);
    const open = entry?.way.is === "waiting" || entry?.way.is === "retrying";
    if (entry === undefined || entry.way.is === "sending" || entry.way.is === "sent" || (open && entry.maybe))
      return null;
    this.#replace(nonce, null);
    this.#pump();
    return entry;
  }

  /** Lets go of what the room's stream shows by now. */
  seen(seen: Parameters<typeof isShown>[1]): void {
    const rest = this.#entries.filter((entry) => !isShown(entry, seen));
    if (rest.length < this.#entries.length) this.#set(rest);
  }

  /** Nobody follows the room any more, so nothing will show it. */
  leave(): void {
    this.#set(this.#entries.filter(({ way }) => way.is !== "sent"));
  }

  /** The order of the list must survive a reload, also of two written in the same millisecond. */
  #atLast(): number {
    return this.#entries.reduce((last, { at_ms }) => Math.max(last, at_ms + 1), this.#how.link.now());
  }

  #find(nonce: Nonce): Entry | undefined {
    return this.#entries.find((entry) => entry.nonce === nonce);
  }

  #set(entries: readonly Entry[]): void {
    this.#entries = entries;
    this.#how.changed();
  }

  #replace(nonce: Nonce, entry: Entry | null): void {
    this.#timers.get(nonce)?.();
    this.#timers.delete(nonce);
    this.#set(this.#entries.flatMap((one) => (one.nonce !== nonce ? [one] : entry === null ? [] : [entry])));
    this.#remember(nonce);
  }

  #pump(): void {
    this.#dropSettled();
    for (const lane of LANES) {
      const next = this.#how.link.isLive ? nextOf(this.#entries, lane) : null;
      if (next === null) continue;
      this.#way({ ...next, maybe: true }, { is: "sending" });
      this.#remember(next.nonce);
      this.#how.link.ask(next.command, (answer) => this.#answered(next.nonce, answer));
    }
  }

  /** Another window of this browser has the same list: what it has sent or taken back is none of ours any more. */
  #dropSettled(): void {
    const isSettled = (entry: Entry): boolean =>
      entry.way.is === "waiting" && isKept(entry) && this.#how.keep.get(this.#key(entry.nonce)) === null;
    if (this.#entries.some(isSettled)) this.#set(this.#entries.filter((entry) => !isSettled(entry)));
  }

  #key(nonce: Nonce): string {
    return outboxPrefix(this.#how.room) + nonce;
  }

  #way(entry: Entry, way: Way): void {
    this.#set(this.#entries.map((one) => (one.nonce === entry.nonce ? { ...entry, way } : one)));
  }

  #answered(nonce: Nonce, answer: Answer): void {
    const entry = this.#find(nonce);
    if (entry === undefined) return;
    const { link, clock, heard } = this.#how;
    const next = answered(entry, answer, { now_ms: link.now(), random: clock.random() });
    heard(entry, answer, next);
    // A sign that was refused is simply not there; it has no words that could be lost.
    this.#replace(nonce, next?.way.is === "refused" && next.command.t === "reaction.set" ? null : next);
    if (next?.way.is === "retrying") this.#later(next, next.way.pause_ms);
    this.#pump();
  }

  #later(entry: Entry, pause_ms: number): void {
    const again = (): void => {
      this.#timers.delete(entry.nonce);
      this.#way(entry, { is: "waiting" });
      this.#pump();
    };
    this.#timers.set(entry.nonce, this.#how.clock.later(pause_ms, again));
  }

  /** Kept on the device as long as it may have to be sent again; what is stored on the server is safe there. */
  #remember(nonce: Nonce): void {
    const entry = this.#find(nonce);
    if (entry === undefined || !isKept(entry)) return this.#how.keep.drop(this.#key(nonce));
    const { command, at_ms, maybe, way } = entry;
    const kept: Stored = { nonce, command, at_ms, maybe, refusal: way.is === "refused" ? way.refusal : null };
    this.#how.keep.set(this.#key(nonce), JSON.stringify(kept));
  }
}

/** A sign that waits is worth a try while the window is open, and no more. */
function isKept({ command, way }: Entry): boolean {
  return command.t !== "reaction.set" && way.is !== "sent" && way.is !== "held";
}

function remembered({ keep, room, link }: SenderHow): readonly Entry[] {
  const wayOf = ({ refusal, at_ms }: Stored): Way => {
    if (refusal !== null) return { is: "refused", refusal };
    return { is: link.now() - at_ms < FRESH_MS ? "waiting" : "kept" };
  };
  const all = keep
    .keys(outboxPrefix(room))
    .map((key) => stored(keep, key, isStored))
    .filter((one) => one !== null);
  all.sort((a, b) => a.at_ms - b.at_ms);
  return all.map((one) => {
    const { nonce, command, at_ms, maybe } = one;
    return { nonce, command, at_ms, maybe, tries: 0, way: wayOf(one) };
  });
}
