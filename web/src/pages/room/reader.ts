import { signal } from "@preact/signals";
import type { MessageId } from "../../contract.gen";
import type { RoomStore, Row, Screen } from "../../state";
import { newAtEnd, rowOf, seqOf } from "./fresh";
import { Pace } from "./pace";
import { Place } from "./place";
import { followed, Heights, rangeAround, rangeAtEnd, WHOLE, type Mark, type Range } from "./windowing";

// So far before the end of what is drawn or loaded, more is drawn or asked for.
const AHEAD_VIEWS = 1.5;
const SEEN_PAUSE_MS = 300;

/** What of the rows to draw, and the room to leave for the others. */
export interface Drawn extends Range {
  readonly before_px: number;
  readonly after_px: number;
}

type Hold = { readonly is: "end" } | { readonly is: "around"; readonly range: Range; readonly mark: Mark | null };

const cover = (selector: string): number => document.querySelector(selector)?.getBoundingClientRect().height ?? 0;

/**
 * Where somebody is in the conversation. It follows the end while they are there and it goes at a reader's pace, and
 * keeps their place in every other case: new things wait below, nothing that is read moves.
 */
export class Reader {
  /** Goes up when other rows are to be drawn than before. */
  readonly turned = signal(0);
  readonly atEnd = signal(true);
  /** New messages below what is read. */
  readonly below = signal(0);
  /** Has never read here: everything is new, so no line says so, and the talk opens where it is now. */
  newcomer = false;
  /** More is loaded when it is asked for only: in the calm view a page is a few lines, and all would come at once. */
  byHand = false;
  /** The message that was asked for by its address. */
  readonly found = signal<MessageId | null>(null);

  private readonly heights = new Heights();
  private readonly pace = new Pace();
  private place: Place | null = null;
  private list: HTMLElement | null = null;
  private hold: Hold = { is: "end" };
  private range: Range = { from: 0, to: 0 };
  private rows: readonly Row[] = [];
  private opened = false;
  private wanted: MessageId | null = null;
  /** The row to bring into view as soon as it is drawn. */
  private pending: string | null = null;
  /** On the way to the newest message, which may have to be loaded and drawn first. */
  private bound = false;
  private read_seq = 0;
  private known_seq = 0;
  private lastOwn: string | null = null;
  private seenTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly store: RoomStore) {}

  private readonly keyAt = (i: number): string => this.rows[i]?.key ?? "";

  /** Which rows to draw. Called while drawing. */
  draw(screen: Screen): Drawn {
    this.rows = screen.rows;
    if (!this.opened) this.newcomer = screen.me.read_seq === 0;
    const count = this.rows.length;
    this.range =
      this.hold.is === "end" ? rangeAtEnd(count) : followed(this.hold.range, this.hold.mark, this.keyAt, count);
    return {
      ...this.range,
      before_px: this.heights.between(0, this.range.from, this.keyAt),
      after_px: this.heights.between(this.range.to, count, this.keyAt),
    };
  }

  /** After each drawing: measures, opens at the right place, and puts the reader back where they were. */
  drawn(list: HTMLElement, screen: Screen): void {
    if (this.list !== list) this.place = new Place(list, () => cover(".bar"));
    this.list = list;
    const { place } = this;
    if (place === null) return;
    this.measure(list);
    this.arrived(screen);
    if (!this.opened && this.rows.length > 0) this.open(screen, place);
    if (this.wanted !== null) this.findWanted(screen);
    if (this.bound && this.hold.is === "end") this.arriveAtEnd(screen, place);
    else if (this.pending === null) place.keep();
    else if (place.show(this.pending)) this.pending = null;
    if (!place.atEnd && this.hold.is === "end") this.holdHere();
    this.tell(screen);
    requestAnimationFrame(() => this.reach());
  }

  private measure(list: HTMLElement): void {
    if (this.rows.length <= WHOLE) return;
    for (const row of list.children) {
      if (!(row instanceof HTMLElement)) continue;
      const key = row.dataset["key"];
      if (key !== undefined) this.heights.note(key, row.offsetHeight);
    }
  }

  /** New rows at the end: my own take me there; too many at once don't take anybody anywhere. */
  private arrived(screen: Screen): void {
    const last = this.rows.at(-1);
    const own = last?.is === "message" && last.message.own ? last.key : null;
    if (this.opened && own !== null && own !== this.lastOwn) this.toNewest();
    if (own !== null) this.lastOwn = own;
    if (this.opened) this.pace.arrive(newAtEnd(this.rows, this.known_seq), performance.now());
    this.known_seq = screen.seq;
    if (this.place?.atEnd === true && this.pace.tooFast(performance.now())) {
      this.place.atEnd = false;
      this.holdHere();
    }
  }

  private open(screen: Screen, place: Place): void {
    this.opened = true;
    this.read_seq = screen.seq;
    const first = this.newcomer ? undefined : this.rows.find((row) => row.is === "new");
    if (first === undefined) place.toEnd();
    else this.reveal(first.key);
    place.note();
  }

  private arriveAtEnd(screen: Screen, place: Place): void {
    place.toEnd();
    this.bound = !screen.atLive || this.range.to < this.rows.length;
  }

  private findWanted(screen: Screen): void {
    const row = this.wanted === null ? undefined : rowOf(screen.rows, this.wanted);
    if (row === undefined) return;
    this.found.value = this.wanted;
    this.wanted = null;
    this.reveal(row.key);
  }

  /** Brings a row into view, drawing what is around it first where it is far away. */
  private reveal(key: string): void {
    if (this.place !== null) this.place.atEnd = false;
    this.pending = key;
    const index = this.rows.findIndex((row) => row.key === key);
    if (index < this.range.from || index >= this.range.to) this.drawAround(index);
    else this.holdHere();
  }

  private holdHere(): void {
    this.holdAt(this.range);
  }

  private holdAt(range: Range): void {
    const at = this.rows.findIndex((row, i) => i >= range.from && row.is === "message");
    const key = this.rows[at]?.key;
    this.hold = { is: "around", range, mark: key === undefined ? null : { key, at } };
    this.bound = false;
  }

  private drawAround(index: number): void {
    const range = rangeAround(index, this.rows.length);
    if (range.from === this.range.from && range.to === this.range.to) return;
    this.holdAt(range);
    this.turned.value++;
  }

  /** A message to show once it is there. */
  want(message: MessageId | null): void {
    this.wanted = message;
    this.turned.value++;
  }

  toNewest(): void {
    if (this.store.screen.peek()?.atLive === false) this.store.toLive();
    this.hold = { is: "end" };
    this.pending = null;
    this.bound = true;
    this.pace.forget();
    this.turned.value++;
    this.place?.toEnd();
    this.atEnd.value = true;
  }

  /** The reader scrolled, or something changed its height. */
  scrolled(): void {
    const screen = this.store.screen.peek();
    if (this.place === null || screen === null || !this.opened) return;
    this.place.note();
    if (!this.place.atEnd && this.hold.is === "end") this.holdHere();
    if (this.place.atEnd && this.range.to === this.rows.length) this.hold = { is: "end" };
    this.tell(screen);
    this.reach();
  }

  /** Something on the page grew or shrank. */
  resized(): void {
    this.place?.keep();
    this.scrolled();
  }

  private tell(screen: Screen): void {
    const end = this.place?.atEnd === true && screen.atLive && this.range.to === this.rows.length;
    if (end) this.read_seq = screen.seq;
    this.store.atEnd(end);
    this.atEnd.value = end;
    this.below.value = end ? 0 : Math.max(screen.newBelow, newAtEnd(this.rows, this.read_seq));
    this.seen();
  }

  /** Draws on, and asks for more, before the reader comes to where it ends. */
  private reach(): void {
    const screen = this.store.screen.peek();
    if (this.list === null || screen === null || !this.opened || this.pending !== null) return;
    const box = this.list.getBoundingClientRect();
    const ahead = innerHeight * AHEAD_VIEWS;
    const count = this.rows.length;
    const { from, to } = this.range;
    const top = -box.top;
    const drawnTop = this.heights.between(0, from, this.keyAt);
    const drawnEnd = box.height - this.heights.between(to, count, this.keyAt);
    const upwards = top < drawnTop + ahead;
    const downwards = top + innerHeight > drawnEnd - ahead;
    if ((upwards && from > 0) || (downwards && to < count)) {
      this.drawAround(this.heights.rowAt(top + innerHeight / 2, count, this.keyAt));
    }
    if (this.byHand) return;
    if (upwards && from === 0 && screen.earlier.is === "more") void this.store.loadEarlier();
    if (downwards && to === count && screen.later.is === "more") void this.store.loadLater();
  }

  /** Tells the store what has been in view, once the eyes have rested on it. */
  private seen(): void {
    if (this.seenTimer !== null) clearTimeout(this.seenTimer);
    this.seenTimer = setTimeout(() => {
      const screen = this.store.screen.peek();
      if (this.place === null || screen === null || document.visibilityState !== "visible") return;
      const seq = this.atEnd.peek() ? screen.seq : seqOf(this.rows, this.place.lastSeen(cover(".foot")));
      if (seq !== null) this.store.sawUpTo(seq);
    }, SEEN_PAUSE_MS);
  }

  /** Listens to the window; returns the function that stops it. */
  watch(list: HTMLElement): () => void {
    const scrolled = (): void => this.scrolled();
    const resized = new ResizeObserver(() => this.resized());
    resized.observe(list);
    const foot = document.querySelector(".foot");
    if (foot !== null) resized.observe(foot);
    addEventListener("scroll", scrolled, { passive: true });
    document.addEventListener("visibilitychange", scrolled);
    return () => {
      resized.disconnect();
      removeEventListener("scroll", scrolled);
      document.removeEventListener("visibilitychange", scrolled);
      if (this.seenTimer !== null) clearTimeout(this.seenTimer);
    };
  }
}
