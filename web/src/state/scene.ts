/** What goes on in a room as far as it was heard: keeps the view right, whatever the line does. */

import type { Code, Following, RoomId, TypingChanged } from "../contract.gen";
import type { Cancel, Clock } from "../link/clock";
import type { Link, StreamItem } from "../link/link";
import type { Api } from "../link/api";
import { apply, type Item, type Personal } from "./apply";
import type { Reader } from "./bound";
import type { RoomState } from "./surface";
import { isBehind } from "./tally";
import { Totals } from "./totals";
import { begin } from "./begin";
import type { View } from "./view";

export interface SceneHow {
  readonly room: RoomId;
  readonly me: string;
  readonly link: Link;
  readonly api: Api;
  readonly clock: Clock;
  readonly reader: () => Reader;
  /** The view is about to take in what was said. */
  readonly hearing: (item: StreamItem) => void;
  /** A snapshot has taken the place of all that was loaded; `before` is null when it is the first. */
  readonly began: (view: View, before: View | null) => void;
  readonly changed: () => void;
}

// The server says when somebody stops, and after six quiet seconds by itself; while they go on it says nothing more.
// This is for when its word is lost.
const TYPING_MS = 60_000;

export class Scene {
  readonly #how: SceneHow;
  readonly #totals: Totals;
  readonly #stopHearing: Cancel;
  #view: View | null = null;
  #gone: Code | null = null;
  /** The stream was asked for on this line and has answered. */
  #current = false;
  #unfollow: Cancel = () => {};
  #cancelTyping: Cancel = () => {};

  constructor(how: SceneHow) {
    this.#how = how;
    const { api, clock, room, link } = how;
    const since = (): number | null => this.#view?.rev ?? null;
    this.#totals = new Totals({ api, clock, room, since, came: (tallies) => this.apply({ t: "tallies", tallies }) });
    this.#stopHearing = link.onOpen(() => (this.#current = false));
  }

  get view(): View | null {
    return this.#view;
  }

  get state(): RoomState {
    if (this.#gone !== null) return { is: "gone", code: this.#gone };
    if (this.#view === null) return { is: "opening" };
    return { is: "open", upToDate: this.#current && this.#how.link.isLive };
  }

  get #stream(): string {
    return `room:${this.#how.room}`;
  }

  enter(): void {
    this.#gone = null;
    this.#unfollow = this.#how.link.follow(this.#stream, { hear: (item) => this.#hear(item) });
  }

  /** What was heard is forgotten: words that are removed meanwhile must not wait here to be seen again. */
  leave(): void {
    this.#unfollow();
    this.#forget();
    this.#how.changed();
  }

  close(): void {
    this.leave();
    this.#stopHearing();
  }

  /** My rights or my name have changed: only the answer to following says how I stand now. */
  again(): void {
    if (this.#view !== null) this.#how.link.again(this.#stream, "resume");
  }

  personal(what: Personal): void {
    this.apply({ t: "personal", what });
  }

  apply(item: Item): void {
    if (this.#view === null) return;
    const reader = this.#how.reader();
    this.#view = apply(apply(this.#view, item), { t: "bound", reader });
    if (isBehind(this.#view)) this.#totals.soon();
    else this.#totals.never();
    this.#how.changed();
  }

  #hear(item: StreamItem): void {
    this.#how.hearing(item);
    switch (item.t) {
      case "following":
        return this.#answered(item);
      case "event":
        return this.apply(item);
      case "signal":
        if (item.signal.t === "typing.changed") this.#expect(item.signal);
        return this.apply(item);
      case "ended":
        return this.#ended(item.code);
    }
    item satisfies never;
  }

  #answered(item: Following): void {
    const known = this.#current;
    this.#current = true;
    if (item.resumed) {
      // Who stopped writing while the line was down was not told to us.
      if (!known) this.apply({ t: "still" });
      return this.apply(item);
    }
    const before = this.#view;
    this.#view = begin(this.#how.me, item);
    this.#totals.never();
    if (this.#view !== null) this.#how.began(this.#view, before);
    this.#how.changed();
  }

  #expect({ people, more = 0 }: TypingChanged): void {
    this.#cancelTyping();
    if (people.length + more === 0) return;
    this.#cancelTyping = this.#how.clock.later(TYPING_MS, () => this.apply({ t: "still" }));
  }

  #ended(code: Code): void {
    this.#gone = code;
    this.#forget();
    this.#how.changed();
  }

  #forget(): void {
    this.#view = null;
    this.#current = false;
    this.#totals.never();
    this.#cancelTyping();
  }
}
