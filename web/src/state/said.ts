/** A message as the view keeps it. */

import type { Author, MessageId, MessageView, PersonId, Reaction, RemovedBy } from "../contract.gen";

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

/** Totals without the noughts: a sign taken back counts like one never given. */
export function tidied(counts: Counts): Counts {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}
