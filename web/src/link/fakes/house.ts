/** What a server knows, in memory: rooms and what was said in them, as the real one keeps it. */

import type {
  AnyEvent,
  Author,
  Following,
  Happened,
  MessageId,
  MessageView,
  Page,
  PageMine,
  PersonId,
  Reaction,
  Receipt,
  RoomMine,
  RoomView,
  RosterChanged,
  StreamId,
  Tally,
} from "../../contract.gen";
import type { RoomCommand } from "../../state/outbox";

export const idOf = (letter: string, number = 0): string => letter + String(number).padStart(26 - letter.length, "0");
export const ROOM = idOf("ROOM");
export const COMMUNITY = idOf("COMM");
export const ADA = idOf("ADA");
export const BEN = idOf("BEN");

export const PAGE = 50;

export interface Stream {
  epoch: string;
  events: Happened[];
}

interface Kept {
  view: MessageView;
  readonly by: PersonId;
  readonly hidden: boolean;
}

export interface Member {
  readonly name: string;
  roles: RoomMine["roles"];
  accepted: boolean;
  muted_until_ms: number;
}

const NOBODY: Member = { name: "", roles: [], accepted: false, muted_until_ms: 0 };

export class House {
  readonly streams = new Map<StreamId, Stream>();
  readonly messages = new Map<MessageId, Kept>();
  readonly members = new Map<PersonId, Member>([
    [ADA, { name: "Ada", roles: ["member"], accepted: true, muted_until_ms: 0 }],
    [BEN, { name: "Ben", roles: ["member", "host"], accepted: true, muted_until_ms: 0 }],
  ]);
  readonly room: { -readonly [K in keyof RoomView]: RoomView[K] } = {
    room: ROOM,
    community: COMMUNITY,
    slug: "kitchen",
    title: "Kitchen",
    purpose: "Talk",
    visibility: "community",
    hide_names: true,
    closed: false,
  };
  readonly places = new Map<PersonId, number>();
  readonly #reactions = new Map<MessageId, Map<PersonId, Set<Reaction>>>();
  readonly #changedAt = new Map<MessageId, number>();
  readonly #done = new Map<string, Omit<Receipt, "t" | "ref">>();
  #made = 0;
  rev = 0;
  roster: RosterChanged = { t: "roster.changed", count: 0, people: [] };
  /** When things happen. */
  at_ms = (): number => 0;
  /** Called with each event as it gets its number. */
  happened: (event: Happened) => void = () => {};
  tallied: (since: number, tallies: readonly Tally[]) => void = () => {};

  stream(id: StreamId): Stream {
    const known = this.streams.get(id);
    if (known !== undefined) return known;
    const fresh = { epoch: "e1", events: [] };
    this.streams.set(id, fresh);
    return fresh;
  }

  head(id: StreamId): number {
    return this.stream(id).events.length;
  }

  add(stream: StreamId, event: AnyEvent): Happened {
    const item: Happened = { t: "event", stream, seq: this.head(stream) + 1, at_ms: this.at_ms(), event };
    this.stream(stream).events.push(item);
    this.happened(item);
    return item;
  }

  /** Do a command, once for each nonce. */
  do(person: PersonId, command: RoomCommand): Omit<Receipt, "t" | "ref"> {
    const key = `${person} ${command.nonce}`;
    const done = this.#done.get(key) ?? this.#do(person, command);
    this.#done.set(key, done);
    return done;
  }

  #do(person: PersonId, command: RoomCommand): Omit<Receipt, "t" | "ref"> {
    switch (command.t) {
      case "message.post": {
        const how = { hidden: command.hide_name ?? false, replyTo: command.reply_to ?? null };
        const { message, seq } = this.say(person, command.text, how);
        return { message, seq, at_ms: this.at_ms() };
      }
      case "message.edit":
        return { seq: this.edit(command.message, command.text) };
      case "message.remove":
        return {
          seq: this.remove(command.message, this.messages.get(command.message)?.by === person ? "author" : "team"),
        };
      case "reaction.set":
        return { rev: this.react(person, command.message, command.reaction, command.on) };
    }
    return command satisfies never;
  }

  say(
    by: PersonId,
    text: string,
    how: { hidden?: boolean; replyTo?: MessageId | null; after?: number } = {},
  ): MessageView {
    const message = idOf("M", ++this.#made);
    const { name, roles } = this.members.get(by) ?? NOBODY;
    const author: Author =
      how.hidden === true
        ? { alias: message }
        : { person: by, name, ...(roles.includes("host") ? { role: "host" } : {}) };
    const seq = this.head(`room:${ROOM}`) + 1;
    const { replyTo = null } = how;
    const reply = replyTo === null ? {} : { reply_to: replyTo };
    const view: MessageView = { message, seq, after: how.after ?? seq, at_ms: this.at_ms(), author, text, ...reply };
    this.messages.set(message, { view, by, hidden: how.hidden === true });
    const after = how.after === undefined ? {} : { after: how.after };
    this.add(`room:${ROOM}`, { t: "message.posted", message, author, text, ...reply, ...after });
    if (how.hidden === true) this.add(`person:${by}`, { t: "message.own", room: ROOM, message });
    return view;
  }

  edit(message: MessageId, text: string): number {
    const kept = this.#kept(message);
    kept.view = { ...kept.view, text, edited_ms: this.at_ms() };
    return this.add(`room:${ROOM}`, { t: "message.edited", message, text }).seq;
  }

  /** The row keeps its place; the words and the name are gone, from the stored events too. */
  remove(message: MessageId, by: "author" | "team"): number {
    const kept = this.#kept(message);
    const { text: _text, counts: _counts, edited_ms: _edited, mentions: _mentions, ...rest } = kept.view;
    kept.view = { ...rest, author: {}, removed: by };
    const stream = this.stream(`room:${ROOM}`);
    stream.events = stream.events.map((item) => wordless(item, message));
    this.#reactions.delete(message);
    return this.add(`room:${ROOM}`, { t: "message.removed", message, by }).seq;
  }

  react(by: PersonId, message: MessageId, reaction: Reaction, on: boolean): number {
    const all = this.#reactions.get(message) ?? new Map<PersonId, Set<Reaction>>();
    const mine = all.get(by) ?? new Set<Reaction>();
    this.#reactions.set(message, all.set(by, mine));
    if (on) mine.add(reaction);
    else mine.delete(reaction);
    this.#changedAt.set(message, ++this.rev);
    this.tallied(this.rev - 1, [this.#tally(message)]);
    return this.rev;
  }

  talliesSince(rev: number): readonly Tally[] {
    return [...this.#changedAt].filter(([, at]) => at > rev).map(([message]) => this.#tally(message));
  }

  page(query: { before?: string; after?: string; around?: string } = {}): Page {
    const tops = this.#sorted((view) => view.reply_to === undefined);
    const at = (cursor: string): number => tops.findIndex((view) => `${view.after}.${view.seq}` === cursor);
    const parent = this.messages.get(query.around ?? "")?.view;
    const middle = tops.findIndex((view) => view.message === (parent?.reply_to ?? parent?.message));
    let [from, to] = [tops.length - PAGE, tops.length];
    if (query.before !== undefined) [from, to] = [at(query.before) - PAGE, at(query.before)];
    if (query.after !== undefined) [from, to] = [at(query.after) + 1, at(query.after) + 1 + PAGE];
    if (query.around !== undefined) [from, to] = [middle - PAGE / 2, middle + PAGE / 2];
    [from, to] = [Math.max(0, from), Math.min(tops.length, to)];
    const messages = tops.slice(from, to);
    const ids = new Set(messages.map(({ message }) => message));
    const replies = this.#sorted((view) => ids.has(view.reply_to ?? ""));
    return {
      messages,
      replies,
      earlier: cursorOf(messages[0], from > 0),
      later: cursorOf(messages.at(-1), to < tops.length),
    };
  }

  following(
    stream: StreamId,
    person: PersonId,
    ask: { ref: number; epoch?: string | null; after?: number },
  ): Following {
    const { epoch, events } = this.stream(stream);
    const resumed = ask.epoch === epoch && (ask.after ?? 0) <= events.length;
    const seq = resumed ? (ask.after ?? 0) : events.length;
    const base = { t: "following", ref: ask.ref, stream, epoch, seq, resumed } as const;
    if (stream !== `room:${ROOM}`) return base;
    const page = this.page();
    const mine = this.mine(person, page);
    const { rev } = this;
    if (resumed) return { ...base, rev, mine };
    return {
      ...base,
      rev,
      mine,
      snapshot: { t: "room", room: { ...this.room }, page, rev: this.rev, roster: this.roster },
    };
  }

  mine(person: PersonId, page: Page): RoomMine {
    const { name, roles, accepted, muted_until_ms } = this.members.get(person) ?? NOBODY;
    const read_seq = this.places.get(person) ?? 0;
    const { reactions, own } = this.pageMine(person, page);
    const unread = this.unread(person, read_seq);
    return { name, standing: null, roles, admitted: false, accepted, muted_until_ms, read_seq, unread, reactions, own };
  }

  pageMine(person: PersonId, page: Page): PageMine {
    const shown = [...page.messages, ...page.replies].map(({ message }) => message);
    const reactions: Record<MessageId, readonly Reaction[]> = {};
    for (const id of shown) {
      const mine = [...(this.#reactions.get(id)?.get(person) ?? [])];
      if (mine.length > 0) reactions[id] = mine;
    }
    return { reactions, own: shown.filter((id) => this.#kept(id).by === person && this.#kept(id).hidden) };
  }

  unread(person: PersonId, since: number): number {
    return [...this.messages.values()].filter(
      ({ view, by }) => view.seq > since && by !== person && view.removed === undefined,
    ).length;
  }

  #kept(message: MessageId): Kept {
    const kept = this.messages.get(message);
    if (kept === undefined) throw new Error(`no message ${message}`);
    return kept;
  }

  #tally(message: MessageId): Tally {
    const counts: Partial<Record<Reaction, number>> = {};
    for (const set of this.#reactions.get(message)?.values() ?? [])
      for (const one of set) counts[one] = (counts[one] ?? 0) + 1;
    return { message, counts };
  }

  #counted(view: MessageView): MessageView {
    return view.removed === undefined ? { ...view, counts: this.#tally(view.message).counts } : view;
  }

  #sorted(which: (view: MessageView) => boolean): MessageView[] {
    const views = [...this.messages.values()].map(({ view }) => view).filter(which);
    views.sort((a, b) => a.after - b.after || a.seq - b.seq);
    return views.map((view) => this.#counted(view));
  }
}

function cursorOf(view: MessageView | undefined, more: boolean): string | null {
  return view === undefined || !more ? null : `${view.after}.${view.seq}`;
}

function wordless(item: Happened, message: MessageId): Happened {
  const { event } = item;
  if ((event.t !== "message.posted" && event.t !== "message.edited") || event.message !== message) return item;
  const { text: _text, ...rest } = event;
  return { ...item, event: rest };
}
