/** A room as the pages use it: what goes on there, what was asked of it, and when it is drawn. */

import { batch, signal, type ReadonlySignal } from "@preact/signals";

import type { Code, Deed, MessageId, PersonId, Reaction, RoomId } from "../contract.gen";
import type { Api } from "../link/api";
import type { Cancel, Clock, Page } from "../link/clock";
import type { Answer, Link, StreamItem } from "../link/link";
import { newNonce } from "../link/nonce";
import { alike } from "./alike";
import type { Personal } from "./apply";
import { Became } from "./became";
import { RoomComposer } from "./composer";
import { History } from "./history";
import type { Keep } from "./keep";
import type { Entry } from "./outbox";
import { Reading } from "./reading";
import { may } from "./rights";
import { Roll } from "./roster";
import { Scene } from "./scene";
import { Screens } from "./screen";
import { Sender } from "./sender";
import type { Draft, PostHow, Refusal, RoomState, RoomStore, Roster, Screen, Slot, Typing } from "./surface";
import type { View } from "./view";
import { tidy, wrongWith } from "./words";

export interface RoomHow {
  readonly room: RoomId;
  readonly me: PersonId;
  readonly link: Link;
  readonly api: Api;
  readonly clock: Clock;
  readonly page: Page;
  readonly keep: Keep;
}

const NOBODY_WRITES: Typing = { people: [], more: 0 };

export class Room implements RoomStore {
  readonly room: RoomId;
  readonly renamed: Roll;
  readonly composer: RoomComposer;
  readonly #how: RoomHow;
  readonly #scene: Scene;
  readonly #sender: Sender;
  readonly #history: History;
  readonly #reading: Reading;
  readonly #became = new Became();
  readonly #screens = new Screens();
  readonly #state = signal<RoomState>({ is: "opening" });
  readonly #screen = signal<Screen | null>(null);
  readonly #typing = signal(NOBODY_WRITES);
  readonly #pressed = signal(false);
  readonly #refusal = signal<Refusal | null>(null);
  readonly #stops: readonly Cancel[];
  #visits = 0;
  #cancelPaint: Cancel | null = null;
  #newSince: { readonly seq: number; readonly count: number } | null = null;
  #leftEndAt: number | null = null;
  #going: "earlier" | "later" = "later";

  constructor(how: RoomHow) {
    [this.#how, this.room, this.renamed] = [how, how.room, new Roll(how.keep, how.me)];
    const changed = (): void => this.#changed();
    this.#scene = new Scene({
      ...how,
      changed,
      reader: () => ({ atEnd: this.#leftEndAt === null, endSeq: this.#leftEndAt ?? 0, going: this.#going }),
      hearing: (item) => this.#hearing(item),
      began: (view, before) => this.#began(view, before),
    });
    this.#sender = new Sender({ ...how, changed, heard: (entry, answer, next) => this.#heard(entry, answer, next) });
    this.#history = new History({
      ...how,
      changed,
      view: () => this.#scene.view,
      came: (page, as) => this.#scene.apply({ t: "page", page, how: as }),
    });
    this.#reading = new Reading({ ...how, read: (seq) => this.#scene.apply({ t: "read", seq }) });
    this.composer = new RoomComposer({
      ...how,
      current: (message) => this.#current(message),
      mayType: () => this.may("typing.tell") === null,
      post: (text, as) => this.post(text, as),
      edit: (message, text, mentions) => this.edit(message, text, mentions),
    });
    const stopPage = how.page.on((news) => (news === "hidden" || news === "leaving") && this.composer.store());
    this.#stops = [stopPage, how.link.state.subscribe(changed)];
  }

  get state(): ReadonlySignal<RoomState> {
    return this.#state;
  }

  get screen(): ReadonlySignal<Screen | null> {
    return this.#screen;
  }

  get roster(): ReadonlySignal<Roster> {
    return this.renamed.roster;
  }

  get typing(): ReadonlySignal<Typing> {
    return this.#typing;
  }

  get pressed(): ReadonlySignal<boolean> {
    return this.#pressed;
  }

  get refusal(): ReadonlySignal<Refusal | null> {
    return this.#refusal;
  }

  dismissRefusal(): void {
    this.#refusal.value = null;
  }

  enter(): Cancel {
    if (this.#visits++ === 0) this.#scene.enter();
    let here = true;
    return () => {
      if (!here) return;
      here = false;
      if (--this.#visits === 0) this.#leave();
    };
  }

  close(): void {
    this.composer.rest();
    for (const stop of this.#stops) stop();
    this.#scene.close();
    this.#sender.close();
    this.#reading.close();
    this.#cancelPaint?.();
  }

  /** From my own stream. */
  personal(what: Personal): void {
    if (what.t === "place.moved") this.#reading.knows(what.seq);
    this.#scene.personal(what);
  }

  rightsChanged(): void {
    this.#scene.again();
  }

  may(deed: Deed, { own = false }: { readonly own?: boolean } = {}): Code | null {
    const view = this.#scene.view;
    if (view === null) return "not_found";
    return may(view.mine, deed, { place: view.room, now_ms: this.#how.link.now(), own });
  }

  post(text: string, { replyTo, mentions = [], hideName = false }: PostHow = {}): Refusal | null {
    const view = this.#scene.view;
    const why = wrongWith(text, mentions.length) ?? this.#whyNot("message.post");
    if (why !== null) return why;
    // The room may have changed its mind meanwhile. Never put the name on words written to be without.
    if (hideName && view?.room.hide_names === false) return { code: "names_are_shown", params: {} };
    if (replyTo === undefined) this.toLive();
    this.#sender.add({
      t: "message.post",
      room: this.room,
      nonce: newNonce(),
      text: tidy(text),
      ...(replyTo === undefined ? {} : { reply_to: replyTo }),
      ...(mentions.length === 0 ? {} : { mentions }),
      ...(hideName ? { hide_name: true } : {}),
    });
    this.#paint();
    return null;
  }

  edit(message: MessageId, text: string, mentions: readonly PersonId[] = []): Refusal | null {
    const why = wrongWith(text, mentions.length) ?? this.#whyNot("message.edit", true);
    if (why !== null) return why;
    if (tidy(text) === this.#scene.view?.said.get(message)?.text) return null;
    const named = mentions.length === 0 ? {} : { mentions };
    this.#sender.add({ t: "message.edit", room: this.room, nonce: newNonce(), message, text: tidy(text), ...named });
    this.#paint();
    return null;
  }

  remove(message: MessageId): void {
    this.#sender.add({ t: "message.remove", room: this.room, nonce: newNonce(), message });
    this.#paint();
  }

  react(message: MessageId, reaction: Reaction, on: boolean): void {
    const about = ({ command: c }: Entry): boolean =>
      c.t === "reaction.set" && c.message === message && c.reaction === reaction && c.on !== on;
    const before = this.#sender.entries.find(about);
    // Taken back before it was sent: then nothing has to be.
    const undone = before !== undefined && this.#sender.take(before.nonce) !== null;
    if (!undone) this.#sender.add({ t: "reaction.set", room: this.room, nonce: newNonce(), message, reaction, on });
    this.#paint();
  }

  retry(key: string): void {
    this.#sender.retry(key);
  }

  takeBack(key: string): void {
    const command = this.#sender.take(key)?.command;
    if (command?.t !== "message.post" && command?.t !== "message.edit") return;
    this.composer.giveBack(slotOf(command), command.text, command.mentions ?? []);
    if (command.t === "message.post" && command.hide_name === true) this.composer.setHideName(true);
    this.#paint();
  }

  discard(key: string): void {
    this.#sender.take(key);
    this.#paint();
  }

  sawUpTo(seq: number): void {
    const view = this.#scene.view;
    if (view !== null) this.#reading.saw(Math.min(seq, view.seq));
  }

  atEnd(yes: boolean): void {
    if (yes) [this.#leftEndAt, this.#going] = [null, "later"];
    else this.#leftEndAt ??= this.#scene.view?.seq ?? null;
    this.#changed();
  }

  dismissNew(): void {
    this.#newSince = null;
    this.#changed();
  }

  loadEarlier(): Promise<void> {
    this.#going = "earlier";
    return this.#history.more("earlier");
  }

  loadLater(): Promise<void> {
    this.#going = "later";
    return this.#history.more("later");
  }

  async loadAround(message: MessageId): Promise<"there" | "not_found" | "unreachable"> {
    const view = this.#scene.view;
    const shown = view?.away ?? view?.live;
    const top = view?.said.get(message)?.reply_to ?? message;
    if (shown?.ids.includes(top) === true) return "there";
    this.atEnd(false);
    return this.#history.around(message);
  }

  toLive(): void {
    if ((this.#scene.view?.away ?? null) === null) return;
    this.#history.reset();
    this.#leftEndAt = null;
    this.#scene.apply({ t: "to_live" });
  }

  #leave(): void {
    this.composer.rest();
    this.#scene.leave();
    this.#sender.leave();
    this.#history.reset();
    [this.#leftEndAt, this.#going, this.#newSince] = [null, "later", null];
  }

  #whyNot(deed: Deed, own = false): Refusal | null {
    const code = this.#sender.isFull ? "busy" : this.may(deed, { own });
    return code === null ? null : { code, params: {} };
  }

  #current(message: MessageId): Draft | null {
    const { text = null, mentions = [] } = this.#scene.view?.said.get(message) ?? {};
    return text === null ? null : { text, mentions: mentions.map((person) => ({ person, name: "" })) };
  }

  // ------------------------------------------------------------ what is heard

  #hearing(item: StreamItem): void {
    if (item.t !== "event" || item.event.t !== "message.posted") return;
    this.#became.guess(item.event, this.#how.me, this.#sender.entries);
  }

  #began(view: View, before: View | null): void {
    const { read_seq, unread } = view.mine;
    this.#reading.knows(read_seq);
    this.#history.reset();
    if (before === null) this.#newSince = unread > 0 ? { seq: read_seq, count: unread } : null;
    // Someone was reading further back, and what they read may have changed since: show it as it is now.
    const middle = before?.away?.ids[Math.floor(before.away.ids.length / 2)];
    if (middle !== undefined) void this.#history.around(middle);
  }

  #heard({ nonce, command }: Entry, answer: Answer, next: Entry | null): void {
    if (answer.t === "receipt") this.#received(command, nonce, answer.message ?? null);
    if (next?.way.is !== "refused") return;
    this.#became.isNot(nonce);
    if (command.t === "reaction.set") this.#refusal.value = next.way.refusal;
  }

  #received(command: Entry["command"], nonce: string, message: MessageId | null): void {
    const { room } = this;
    if (command.t === "message.post" && message !== null) {
      this.#became.is(nonce, message);
      if (command.hide_name === true) this.#scene.personal({ t: "message.own", room, message });
    }
    if (command.t !== "reaction.set") return;
    const { reaction, on } = command;
    this.#scene.personal({ t: "reaction.own", room, message: command.message, reaction, on });
  }

  // ------------------------------------------------------------ what is drawn

  /** Whatever comes within a frame is drawn once. */
  #changed(): void {
    this.#cancelPaint ??= this.#how.clock.frame(() => this.#paint());
  }

  #paint(): void {
    const view = this.#scene.view;
    // Letting go of what is shown by now asks for a painting; it is this one.
    if (view !== null) this.#sender.seen({ seq: view.seq, rev: view.rev, has: (id) => view.said.has(id) });
    this.#cancelPaint?.();
    this.#cancelPaint = null;
    batch(() => {
      set(this.#state, this.#scene.state);
      this.#screen.value = view === null ? null : this.#draw(view);
      this.renamed.look(view);
      set(this.#typing, view === null ? NOBODY_WRITES : { people: view.typing.people, more: view.typing.more ?? 0 });
      this.#pressed.value = view !== null && view.pressed && this.may("message.remove", { own: false }) === null;
    });
  }

  #draw(view: View): Screen {
    const shown = view.away ?? view.live;
    return this.#screens.screen(view, {
      entries: this.#sender.entries,
      live: this.#how.link.isLive,
      became: this.#became.all,
      newSince: this.#newSince,
      earlier: this.#history.edge("earlier", shown.earlier),
      later: this.#history.edge("later", shown.later),
      leftEndAt: view.away !== null && this.#leftEndAt === null ? view.seq : this.#leftEndAt,
    });
  }
}

function slotOf(command: Entry["command"]): Slot {
  if (command.t === "message.edit") return { is: "edit", of: command.message };
  const parent = command.t === "message.post" ? (command.reply_to ?? null) : null;
  return parent === null ? { is: "new" } : { is: "reply", to: parent };
}

function set<T>(to: { value: T; peek(): T }, value: T): void {
  if (!alike(to.peek(), value)) to.value = value;
}
