/** Folds what comes over the line into the view. Pure: the same items give the same view, in every browser. */

import type {
  Following,
  Happened,
  HistoryPage,
  MessageEdited,
  MessageId,
  MessagePosted,
  MessageRemoved,
  Now,
  Page,
  PersonEvent,
  PersonSignal,
  Reaction,
  RoomEvent,
  RoomSignal,
  Tallies,
  WayUsed,
} from "../contract.gen";
import { bounded, type Reader } from "./bound";
import { begin } from "./begin";
import { erased } from "./erased";
import { GONE, type Said } from "./said";
import { insert, inOrder, pageInto, type PageAs } from "./stretch";
import { isNew, isOwn, mineAgain, withoutSigns, LATE_KEPT, NOBODY_TYPES, type Late, type View } from "./view";
import { tallied, tallySignal, withEarly } from "./tally";

/** What can be folded in. The first three come from the room's stream as they are, the rest is the store's. */
/** What my own stream tells of a room or a community. */
export type Personal = PersonEvent | Exclude<PersonSignal, WayUsed>;

export type Item =
  | Following
  | Happened
  | Now
  /** From my own stream. */
  | { readonly t: "personal"; readonly what: Personal }
  | { readonly t: "page"; readonly page: Page | HistoryPage; readonly how: PageAs }
  | { readonly t: "tallies"; readonly tallies: Tallies }
  /** I have read up to here, on this device. */
  | { readonly t: "read"; readonly seq: number }
  /** Nothing was heard of anybody's typing for a while. */
  | { readonly t: "still" }
  | { readonly t: "to_live" }
  | { readonly t: "bound"; readonly reader: Reader };

export function apply(view: View, item: Item): View {
  switch (item.t) {
    case "following":
      return follow(view, item);
    case "event":
      return { ...happened(view, item), seq: item.seq };
    case "signal":
      return signalled(view, item);
    case "personal":
      return personal(view, item.what);
    case "page":
      return pageInto(view, item.page, item.how);
    case "tallies":
      return tallied(view, item.tallies);
    case "read":
      return read(view, item.seq);
    case "still":
      return view.typing === NOBODY_TYPES ? view : { ...view, typing: NOBODY_TYPES };
    case "to_live":
      return view.away === null ? view : bounded({ ...view, away: null }, AT_END);
    case "bound":
      return bounded(view, item.reader);
  }
  return item satisfies never;
}

const AT_END: Reader = { atEnd: true, endSeq: 0, going: "later" };

function follow(view: View, item: Following): View {
  if (!item.resumed) return begin(view.me, item) ?? view;
  const { mine = null, rev = null } = item;
  // Between two polls a tally may have been told to nobody; this says that there was one.
  const heardRev = Math.max(view.heardRev, rev ?? 0);
  // Who is still pressed is told right after; that it has ended may have been missed.
  const eased = view.pressed ? { ...view, pressed: false } : view;
  const heard = heardRev === view.heardRev ? eased : { ...eased, heardRev };
  return mine === null ? heard : read({ ...heard, mine: mineAgain(view.mine, mine) }, mine.read_seq);
}

function happened(view: View, { event, seq, at_ms }: Happened): View {
  const happening = event as RoomEvent;
  switch (happening.t) {
    case "message.posted":
      return posted(view, withEarly(view, saidFrom(happening, seq, at_ms)));
    case "message.edited":
      return edited(view, happening, at_ms);
    case "message.removed":
      return removed(view, happening);
    case "author.erased":
      return erased(view, happening.edited ?? [], happening.person);
    case "messages.erased":
      return erased(view, happening.messages, null);
    case "room.opened": {
      const { title, purpose, visibility, hide_names } = happening;
      return { ...view, room: { ...view.room, title, purpose, visibility, hide_names, closed: false } };
    }
    case "room.renamed":
      return { ...view, room: { ...view.room, title: happening.title, purpose: happening.purpose } };
    case "room.visibility_set":
      return { ...view, room: { ...view.room, visibility: happening.visibility } };
    case "room.hidden_names_set":
      return { ...view, room: { ...view.room, hide_names: happening.on } };
    case "room.closed":
    case "room.reopened":
      return { ...view, room: { ...view.room, closed: happening.t === "room.closed" } };
  }
  // Something newer than this page: it has its number, and `stale` offers to reload.
  happening satisfies never;
  return view;
}

function saidFrom(event: MessagePosted, seq: number, at_ms: number): Said {
  const { message, author, text = null, reply_to = null, mentions = [], after } = event;
  const said = { message, seq, after: after ?? seq, at_ms, author, reply_to };
  if (text === null) return { ...said, ...GONE, removed: null };
  return { ...said, text, mentions, edited_ms: null, counts: {}, removed: null };
}

function posted(view: View, said: Said): View {
  const counted = isNew(view, said, view.mine.read_seq) ? unread(view, 1) : view;
  // A page that was under way has brought it before its event.
  if (counted.said.has(said.message)) return counted;
  return said.reply_to === null ? withMessage(counted, said) : withReply(counted, said, said.reply_to);
}

function withMessage(view: View, said: Said): View {
  const live = insert(view.live, said, view.said);
  const away = view.away === null ? null : insert(view.away, said, view.said);
  // Let through far from what is loaded: it comes with its page.
  if (live === view.live && away === view.away) return view;
  return { ...view, live, away, said: new Map(view.said).set(said.message, said) };
}

function withReply(view: View, said: Said, parent: MessageId): View {
  if (view.said.get(parent) === undefined) return { ...view, elsewhere: aside(view.elsewhere, parent, said) };
  const all = new Map(view.said).set(said.message, said);
  const those = [...(view.replies.get(parent) ?? []), said.message]
    .map((id) => all.get(id))
    .filter((one) => one !== undefined);
  those.sort(inOrder);
  const ids = those.map(({ message }) => message);
  return { ...view, said: all, replies: new Map(view.replies).set(parent, ids) };
}

// What nobody opens must not grow for ever; whoever opens the message gets all answers from the page.
const ELSEWHERE_KEPT = 50;

function aside(elsewhere: View["elsewhere"], parent: MessageId, said: Said): View["elsewhere"] {
  const those = [...(elsewhere.get(parent) ?? []), said].slice(-ELSEWHERE_KEPT);
  const rest = [...elsewhere].filter(([other]) => other !== parent).slice(1 - ELSEWHERE_KEPT);
  return new Map([...rest, [parent, those]]);
}

function edited(view: View, event: MessageEdited, at_ms: number): View {
  const { message, text = null, mentions = [] } = event;
  const edit = (said: Said): Said => {
    if (said.text === null) return said;
    return text === null ? { ...said, ...GONE } : { ...said, text, mentions, edited_ms: at_ms };
  };
  return changed(view, message, edit, { is: "edited", text, mentions, at_ms });
}

function removed(view: View, { message, by }: MessageRemoved): View {
  const remove = (said: Said): Said => ({ ...said, ...GONE, removed: by });
  const now = changed(view, message, remove, { is: "removed", by });
  return { ...now, mine: withoutSigns(now.mine, message) };
}

function changed(view: View, message: MessageId, change: (said: Said) => Said, late: Late): View {
  const said = view.said.get(message);
  if (said === undefined) return changedElsewhere(view, message, change, late);
  const now = change(said);
  const counted = isNew(view, said, view.mine.read_seq) && now.text === null ? unread(view, -1) : view;
  return { ...counted, said: new Map(view.said).set(message, now) };
}

function changedElsewhere(view: View, message: MessageId, change: (said: Said) => Said, late: Late): View {
  const kept = [...view.late].filter(([id]) => id !== message).slice(1 - LATE_KEPT);
  const elsewhere = new Map<MessageId, readonly Said[]>();
  for (const [parent, those] of view.elsewhere) {
    elsewhere.set(
      parent,
      those.map((said) => (said.message === message ? change(said) : said)),
    );
  }
  return { ...view, elsewhere, late: new Map([...kept, [message, late]]) };
}

function unread(view: View, by: number): View {
  return { ...view, mine: { ...view.mine, unread: Math.max(0, view.mine.unread + by) } };
}

function read(view: View, seq: number): View {
  if (seq <= view.mine.read_seq) return view;
  let left = 0;
  if (seq < view.seq) for (const said of view.said.values()) if (isNew(view, said, seq)) left++;
  return { ...view, mine: { ...view.mine, read_seq: seq, unread: Math.min(left, view.mine.unread) } };
}

function signalled(view: View, { signal }: Now): View {
  const now = signal as RoomSignal;
  switch (now.t) {
    case "roster.changed":
      return { ...view, roster: now };
    case "typing.changed": {
      const people = now.people.filter(({ person }) => person !== view.me);
      return { ...view, typing: people.length + (now.more ?? 0) > 0 ? { ...now, people } : NOBODY_TYPES };
    }
    case "pressure.changed":
      return { ...view, pressed: now.high };
    case "tally.changed":
      return tallySignal(view, now);
  }
  now satisfies never;
  return view;
}

function personal(view: View, what: Personal): View {
  switch (what.t) {
    case "message.own":
      return owned(view, what.message);
    case "place.moved": {
      if (what.seq < view.mine.read_seq) return view;
      return { ...view, mine: { ...view.mine, read_seq: what.seq, unread: what.unread } };
    }
    case "reaction.own":
      return reacted(view, what.message, what.reaction, what.on);
    case "room.admitted":
    case "room.dismissed":
    case "rights.changed":
    case "roles.waiting":
      // Answered by asking anew, which isn't the view's to do.
      return view;
  }
  what satisfies never;
  return view;
}

function owned(view: View, message: MessageId): View {
  if (view.mine.own.has(message)) return view;
  const said = view.said.get(message);
  const counted =
    said !== undefined && !isOwn(view, said) && isNew(view, said, view.mine.read_seq) ? unread(view, -1) : view;
  return { ...counted, mine: { ...counted.mine, own: new Set(view.mine.own).add(message) } };
}

function reacted(view: View, message: MessageId, reaction: Reaction, on: boolean): View {
  const before = view.mine.reactions.get(message) ?? [];
  if (before.includes(reaction) === on) return view;
  const now = on ? [...before, reaction] : before.filter((one) => one !== reaction);
  const reactions = new Map(view.mine.reactions);
  if (now.length > 0) reactions.set(message, now);
  else reactions.delete(message);
  return { ...view, mine: { ...view.mine, reactions } };
}
