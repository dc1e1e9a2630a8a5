/** Writing in a room: drafts, the hidden name, and telling others that I write. */

import { signal, type ReadonlySignal } from "@preact/signals";

import { TEXT_LIMIT, type MessageId, type PersonId, type RoomId } from "../contract.gen";
import type { Clock } from "../link/clock";
import type { Link } from "../link/link";
import { Drafts, NO_DRAFT } from "./drafts";
import type { Keep } from "./keep";
import type { Composer, Draft, PostHow, Refusal, Slot } from "./surface";
import { Teller } from "./teller";
import { lengthOf, mentioned } from "./words";

export interface Desk {
  readonly room: RoomId;
  readonly link: Link;
  readonly clock: Clock;
  readonly keep: Keep;
  /** A message as it reads now, for whoever begins to edit it. */
  current(message: MessageId): Draft | null;
  mayType(): boolean;
  post(text: string, how: PostHow): Refusal | null;
  edit(message: MessageId, text: string, mentions: readonly PersonId[]): Refusal | null;
}

export class RoomComposer implements Composer {
  readonly #desk: Desk;
  readonly #drafts: Drafts;
  readonly #teller: Teller;
  readonly #hideName = signal(false);

  constructor(desk: Desk) {
    this.#desk = desk;
    this.#drafts = new Drafts(desk.keep, desk.clock, desk.room);
    this.#teller = new Teller(desk.link, desk.clock, desk.room);
    this.#hideName.value = desk.keep.get(this.#hideKey) !== null;
  }

  get hideName(): ReadonlySignal<boolean> {
    return this.#hideName;
  }

  /** Kept with the draft: a reload must not put the name back on words written to be without. */
  setHideName(on: boolean): void {
    this.#hideName.value = on;
    if (on) this.#desk.keep.set(this.#hideKey, "1");
    else this.#desk.keep.drop(this.#hideKey);
    if (on) this.#teller.stopped();
  }

  draft(slot: Slot): ReadonlySignal<Draft> {
    return this.#drafts.of(slot, () => this.#begin(slot));
  }

  write(slot: Slot, text: string): void {
    this.#drafts.set(slot, { text, mentions: this.draft(slot).peek().mentions });
    if (text.trim() === "") this.#teller.stopped();
    else if (!this.#hideName.peek() && this.#desk.mayType()) this.#teller.writing();
  }

  mention(slot: Slot, person: PersonId, name: string): void {
    const { text, mentions } = this.draft(slot).peek();
    this.#drafts.set(slot, { text, mentions: [...mentions.filter((one) => one.person !== person), { person, name }] });
  }

  send(slot: Slot): Refusal | null {
    const draft = this.draft(slot).peek();
    const refusal = this.#sendFrom(slot, draft);
    if (refusal !== null) return refusal;
    this.drop(slot);
    return null;
  }

  drop(slot: Slot): void {
    this.#drafts.drop(slot);
    this.#teller.stopped();
  }

  left(text: string): number {
    return TEXT_LIMIT - lengthOf(text);
  }

  /** Words that were not sent come back to be changed; what was written meanwhile stays below them. */
  giveBack(slot: Slot, text: string, mentions: readonly PersonId[]): void {
    const now = slot.is === "edit" ? NO_DRAFT : this.draft(slot).peek();
    const back = mentions.map((person) => ({ person, name: "" }));
    this.#drafts.set(slot, { text: [text, now.text].filter(Boolean).join("\n"), mentions: [...back, ...now.mentions] });
    this.#drafts.store();
  }

  /** The page may go at any moment. */
  store(): void {
    this.#drafts.store();
  }

  rest(): void {
    this.#teller.stopped();
    this.#drafts.store();
  }

  #sendFrom(slot: Slot, { text, mentions }: Draft): Refusal | null {
    const named = mentioned(text, mentions);
    const how: PostHow = { mentions: named, hideName: this.#hideName.peek() };
    switch (slot.is) {
      case "new":
        return this.#desk.post(text, how);
      case "reply":
        return this.#desk.post(text, { ...how, replyTo: slot.to });
      case "edit":
        return this.#desk.edit(slot.of, text, named);
    }
    return slot satisfies never;
  }

  #begin(slot: Slot): Draft {
    return (slot.is === "edit" ? this.#desk.current(slot.of) : null) ?? NO_DRAFT;
  }

  get #hideKey(): string {
    return `h:${this.#desk.room}`;
  }
}
