/** Keeps what a long-open room holds in memory bounded, without taking away what is being read. */

import type { MessageId } from "../contract.gen";
import type { Stretch, View } from "./view";

// Some six screens of history at the end of a lively room; the rest is a page away.
const LIVE_KEPT = 600;
// Cutting on every message would be work for nothing.
const LIVE_SLACK = 100;
// Who reads back gets more, as going on reading must not pull the page away under their eyes.
const READ_KEPT = 1000;

export interface Reader {
  readonly atEnd: boolean;
  /** The newest number when the reader was last at the end. */
  readonly endSeq: number;
  /** The side that pages were last added on; the other one is far from what is being read. */
  readonly going: "earlier" | "later";
}

export function bounded(view: View, reader: Reader): View {
  const { atEnd, going } = reader;
  const { live, away } = view;
  if (away !== null) {
    const cut = going === "earlier" ? keptFirst(away, READ_KEPT, READ_KEPT) : keptLast(away, READ_KEPT, READ_KEPT);
    return swept({ ...view, live: keptLast(live, LIVE_KEPT, LIVE_SLACK), away: cut }, view);
  }
  if (atEnd) return swept({ ...view, live: keptLast(live, LIVE_KEPT, LIVE_SLACK) }, view);
  if (live.ids.length <= 2 * READ_KEPT) return view;
  // The end runs away from someone who reads further back: what they read becomes a stretch of its own.
  return swept({ ...view, away: readPart(view, reader), live: keptLast(live, LIVE_KEPT, 0) }, view);
}

function readPart({ live, said }: View, { endSeq, going }: Reader): Stretch {
  if (going === "earlier") return keptFirst(live, READ_KEPT, 0);
  const below = live.ids.filter((id) => (said.get(id)?.seq ?? 0) <= endSeq).length;
  return keptLast(keptFirst(live, below + READ_KEPT / 4, 0), READ_KEPT, 0);
}

/** The cursors are the server's, so for a place of our own choosing there is none. */
function keptLast(stretch: Stretch, count: number, slack: number): Stretch {
  if (stretch.ids.length <= count + slack) return stretch;
  return { ...stretch, ids: stretch.ids.slice(-count), earlier: { is: "around" } };
}

function keptFirst(stretch: Stretch, count: number, slack: number): Stretch {
  if (stretch.ids.length <= count + slack) return stretch;
  return { ...stretch, ids: stretch.ids.slice(0, count), later: { is: "around" } };
}

/** Forgets the messages that no stretch holds any more, with the answers to them. */
function swept(view: View, before: View): View {
  if (view.live === before.live && view.away === before.away) return before;
  const kept = new Set<MessageId>([...view.live.ids, ...(view.away?.ids ?? [])]);
  const said = new Map([...view.said].filter(([id, { reply_to }]) => kept.has(reply_to ?? id)));
  const replies = new Map([...view.replies].filter(([parent]) => kept.has(parent)));
  return { ...view, said, replies };
}
