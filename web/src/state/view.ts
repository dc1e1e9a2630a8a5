/** A room as one person sees it: the value that events and signals are folded into. */

import type {
  Author,
  Following,
  MessageId,
  MessageView,
  PersonId,
  Reaction,
  RemovedBy,
  RoomMine,
  RoomView,
  RosterChanged,
  TypingChanged,
} from "../contract.gen";
import { pageInto, type Stretch } from "./stretch";

export type Counts = Readonly<Partial<Record<Reaction, number>>>;

/** A message with nothing left out, so that one made from an event equals one made from a page. */
export interface Said {
  readonly message: MessageId;
  readonly seq: number;
  readonly after: number;
  readonly at_ms: number;
  readonly author: Author;
  readonly text: string | null;
  readonly reply_to: MessageId | null;
  readonly mentions: readonly PersonId[];
  readonly edited_ms: number | null;
  readonly removed: RemovedBy | null;
  readonly counts: Counts;
}

/** My own part. */
export interface Mine extends Omit<RoomMine, "reactions" | "own"> {
  readonly reactions: ReadonlyMap<MessageId, readonly Reaction[]>;
  readonly own: ReadonlySet<MessageId>;
}

/** An edit or a removal of a message that wasn't there: a page under way may bring it as it was before. */
export type Late =
  | { readonly is: "removed"; readonly by: RemovedBy }
  | {
      readonly is: "edited";
      readonly text: string | null;
      readonly mentions: readonly PersonId[];
      readonly at_ms: number;
    };

export interface View {
  readonly me: PersonId;
  readonly epoch: string;
  /** Everything up to here has been applied. */
  readonly seq: number;
  readonly room: RoomView;
  readonly mine: Mine;
  /** All that is loaded: messages of both stretches and the answers to them. */
  readonly said: ReadonlyMap<MessageId, Said>;
  readonly replies: ReadonlyMap<MessageId, readonly MessageId[]>;
  /** The newest messages, without a hole up to now. */
  readonly live: Stretch;
  /** A part of the page further back, while it is being read. */
  readonly away: Stretch | null;
  /** New answers to messages that are not loaded. */
  readonly elsewhere: ReadonlyMap<MessageId, readonly Said[]>;
  readonly late: ReadonlyMap<MessageId, Late>;
  /** All totals are known up to `rev`; `heardRev` is the newest that was heard of. */
  readonly rev: number;
  readonly heardRev: number;
  readonly roster: RosterChanged;
  readonly typing: TypingChanged;
}

export const NOBODY_TYPES: TypingChanged = { t: "typing.changed", people: [] };

/** The view that a snapshot shows; null when the answer brought none. */
export function begin(me: PersonId, item: Following): View | null {
  const { snapshot = null, mine = null } = item;
  if (snapshot === null || mine === null) return null;
  const empty: View = {
    me,
    epoch: item.epoch,
    seq: item.seq,
    room: snapshot.room,
    mine: mineOf(mine),
    said: new Map(),
    replies: new Map(),
    live: { ids: [], earlier: { is: "end" }, later: { is: "end" } },
    away: null,
    elsewhere: new Map(),
    late: new Map(),
    rev: snapshot.rev,
    heardRev: snapshot.rev,
    roster: snapshot.roster,
    typing: NOBODY_TYPES,
  };
  const view = pageInto(empty, snapshot.page, { as: "live" });
  const removed = [...view.said.values()].filter(({ text }) => text === null);
  return { ...view, mine: removed.reduce((part, { message }) => withoutSigns(part, message), view.mine) };
}

/** My signs go with the message they stood under. */
export function withoutSigns(mine: Mine, message: MessageId): Mine {
  if (!mine.reactions.has(message)) return mine;
  const reactions = new Map(mine.reactions);
  reactions.delete(message);
  return { ...mine, reactions };
}

export function mineOf({ reactions, own, ...rest }: RoomMine): Mine {
  return { ...rest, reactions: new Map(Object.entries(reactions)), own: new Set(own) };
}

export function saidOf(view: MessageView): Said {
  const { message, seq, after, at_ms, author, reply_to = null, removed = null, text = null } = view;
  const said = { message, seq, after, at_ms, author, reply_to };
  // What is removed is gone altogether; which of its parts a page still mentions makes no difference.
  if (removed !== null || text === null) return { ...said, ...GONE, removed };
  const { mentions = [], edited_ms = null, counts = {} } = view;
  return { ...said, text, mentions, edited_ms, counts: tidied(counts), removed: null };
}

/** What a removed message keeps is its place: not even who said it stays. */
export const GONE = { author: {}, text: null, mentions: [], edited_ms: null, counts: {} } as const;

/** My part anew, when the line is back and the view is as it was before. What is unread is counted by the events
 * that come now; what I gave and said further back than the newest page is not in the answer, and is kept. */
export function mineAgain(before: Mine, now: RoomMine): Mine {
  const { reactions, own, ...rest } = mineOf(now);
  const { read_seq, unread } = before;
  const kept = { reactions: new Map([...before.reactions, ...reactions]), own: new Set([...before.own, ...own]) };
  return { ...rest, ...kept, read_seq, unread };
}

/** Totals without the noughts: a sign taken back counts like one never given. */
export function tidied(counts: Counts): Counts {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

export function isOwn(view: View, said: Said): boolean {
  return said.author.person === view.me || view.mine.own.has(said.message);
}

/** Whether a message is one that I may not have read yet. */
export function isNew(view: View, said: Said, since: number): boolean {
  return said.seq > since && said.text !== null && !isOwn(view, said);
}
