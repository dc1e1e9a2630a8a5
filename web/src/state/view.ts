/** A room as one person sees it: the value that events and signals are folded into. */

import type {
  MessageId,
  PersonId,
  Reaction,
  RemovedBy,
  RoomMine,
  RoomView,
  RosterChanged,
  TypingChanged,
} from "../contract.gen";
import type { Counts, Said } from "./said";

/** Messages that follow each other without a hole, answers left out: those stand under what they answer. */
export interface Stretch {
  readonly ids: readonly MessageId[];
  readonly earlier: Beyond;
  readonly later: Beyond;
}

/** What is on the other side of a stretch's end. */
export type Beyond =
  | { readonly is: "end" }
  | { readonly is: "cursor"; readonly cursor: string }
  /** More, but the server's cursor for this very place is not known: ask around the last message. */
  | { readonly is: "around" };

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
  /** By the message; or by who said it, when all that they said is gone. */
  readonly late: ReadonlyMap<MessageId | PersonId, Late>;
  /** Totals of messages that aren't loaded: between two servers a message may come after what was counted for it. */
  readonly early: ReadonlyMap<MessageId, Counts>;
  /** All totals are known up to `rev`; `heardRev` is the newest that was heard of. */
  readonly rev: number;
  readonly heardRev: number;
  readonly roster: RosterChanged;
  readonly typing: TypingChanged;
  /** More is being written than the server takes just now. */
  readonly pressed: boolean;
}

export const LATE_KEPT = 200;

export const NOBODY_TYPES: TypingChanged = { t: "typing.changed", people: [] };

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

/** My part anew, when the line is back and the view is as it was before. What is unread is counted by the events
 * that come now; what I gave and said further back than the newest page is not in the answer, and is kept. */
export function mineAgain(before: Mine, now: RoomMine): Mine {
  const { reactions, own, ...rest } = mineOf(now);
  const { read_seq, unread } = before;
  const kept = { reactions: new Map([...before.reactions, ...reactions]), own: new Set([...before.own, ...own]) };
  return { ...rest, ...kept, read_seq, unread };
}

export function isOwn(view: View, said: Said): boolean {
  return said.author.person === view.me || view.mine.own.has(said.message);
}

/** Whether a message is one that I may not have read yet. */
export function isNew(view: View, said: Said, since: number): boolean {
  return said.seq > since && said.text !== null && !isOwn(view, said);
}
