/** What was written and not yet sent, for each room, each answer and each edit. Kept over reloads. */

import { signal, type ReadonlySignal, type Signal } from "@preact/signals";

import type { RoomId } from "../contract.gen";
import type { Cancel, Clock } from "../link/clock";
import { stored, type Keep } from "./keep";
import type { Draft, Slot } from "./surface";

export const NO_DRAFT: Draft = { text: "", mentions: [] };

// On every key would make an old phone stutter; a reload within this time loses a word at most.
const STORE_AFTER_MS = 400;
// Answers begun and never sent, over months: the oldest goes.
const KEPT = 40;

interface StoredDraft extends Draft {
  readonly at_ms: number;
}

export function slotKey(slot: Slot): string {
  switch (slot.is) {
    case "new":
      return "new";
    case "reply":
      return `re:${slot.to}`;
    case "edit":
      return `ed:${slot.of}`;
  }
  return slot satisfies never;
}

export class Drafts {
  readonly #keep: Keep;
  readonly #clock: Clock;
  readonly #room: RoomId;
  readonly #all = new Map<string, Signal<Draft>>();
  readonly #unstored = new Map<string, Draft>();
  #cancel: Cancel | null = null;

  constructor(keep: Keep, clock: Clock, room: RoomId) {
    [this.#keep, this.#clock, this.#room] = [keep, clock, room];
  }

  /** `otherwise` is what the slot begins with when nothing was written in it. */
  of(slot: Slot, otherwise: () => Draft): ReadonlySignal<Draft> {
    return this.#signal(slotKey(slot), otherwise);
  }

  set(slot: Slot, draft: Draft): void {
    const key = slotKey(slot);
    this.#signal(key, () => NO_DRAFT).value = draft;
    this.#unstored.set(key, draft);
    this.#cancel ??= this.#clock.later(STORE_AFTER_MS, () => this.store());
  }

  drop(slot: Slot): void {
    const key = slotKey(slot);
    this.#unstored.delete(key);
    this.#keep.drop(this.#address(key));
    const draft = this.#all.get(key);
    // The next edit of this message begins with the words it has by then.
    if (slot.is === "edit") this.#all.delete(key);
    if (draft !== undefined) draft.value = NO_DRAFT;
  }

  /** Store now: the page may be gone in a moment. */
  store(): void {
    this.#cancel?.();
    this.#cancel = null;
    for (const [key, draft] of this.#unstored) this.#storeOne(key, draft);
    this.#unstored.clear();
    this.#bound();
  }

  #storeOne(key: string, draft: Draft): void {
    if (draft.text === "") return this.#keep.drop(this.#address(key));
    const kept: StoredDraft = { ...draft, at_ms: this.#clock.wall() };
    this.#keep.set(this.#address(key), JSON.stringify(kept));
  }

  #bound(): void {
    const keys = this.#keep.keys("d:");
    if (keys.length <= KEPT) return;
    const age = (key: string): number => stored(this.#keep, key, isDraft)?.at_ms ?? 0;
    const oldest = keys.map((key) => ({ key, at_ms: age(key) }));
    oldest.sort((a, b) => a.at_ms - b.at_ms);
    for (const { key } of oldest.slice(0, keys.length - KEPT)) this.#keep.drop(key);
  }

  #signal(key: string, otherwise: () => Draft): Signal<Draft> {
    const known = this.#all.get(key);
    if (known !== undefined) return known;
    const kept = stored(this.#keep, this.#address(key), isDraft);
    const fresh = signal<Draft>(kept === null ? otherwise() : { text: kept.text, mentions: kept.mentions });
    this.#all.set(key, fresh);
    return fresh;
  }

  #address(key: string): string {
    return `d:${this.#room}:${key}`;
  }
}

function isDraft(value: unknown): value is StoredDraft {
  return (
    typeof value === "object" &&
    value !== null &&
    "text" in value &&
    "mentions" in value &&
    Array.isArray(value.mentions)
  );
}
