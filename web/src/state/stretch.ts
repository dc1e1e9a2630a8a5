/** Runs of messages in the order of the page, and how pages and new messages go into them. */

import type { HistoryPage, MessageId, MessageView, Page, PageMine } from "../contract.gen";
import { saidOf, GONE, type Said } from "./said";
import { withEarly } from "./tally";
import type { Beyond, Late, Mine, Stretch, View } from "./view";

/** Which page was asked for, and where the view stood when it was. */
export type PageAs =
  | { readonly as: "live" }
  | { readonly as: "earlier" | "later"; readonly rev: number }
  | { readonly as: "away"; readonly rev: number };

/** The order of the page: by the event a message stands behind, then by its own number. */
export function inOrder(a: Said, b: Said): number {
  return a.after - b.after || a.seq - b.seq;
}

const beyond = (cursor: string | null): Beyond => (cursor === null ? { is: "end" } : { is: "cursor", cursor });

/** The view with a page of messages in it. What is loaded already stays: events have kept it right. */
export function pageInto(view: View, page: Page | HistoryPage, how: PageAs): View {
  const said = new Map(view.said);
  const replies = new Map(view.replies);
  for (const message of [...page.messages, ...page.replies]) {
    if (!said.has(message.message)) said.set(message.message, mended(saidOf(message), lateFor(view, message)));
  }
  for (const { message } of page.messages) {
    // Answers heard while the page was under way may not be in it.
    for (const reply of view.elsewhere.get(message) ?? []) {
      said.set(reply.message, said.get(reply.message) ?? withEarly(view, reply));
    }
  }
  const ids = page.messages.map(({ message }) => message);
  regroup(said, replies, new Set(ids));
  const mine = "mine" in page ? withMine(view, page.mine) : view.mine;
  const grown = { ...view, mine, said, replies, elsewhere: without(view.elsewhere, ids) };
  return settled(withPage(grown, page, how), how);
}

/** My signs and hidden messages on the page. What was loaded already knows better: my own doing has kept it right. */
function withMine(view: View, part: PageMine): Mine {
  const reactions = new Map(view.mine.reactions);
  for (const [message, signs] of Object.entries(part.reactions)) {
    if (!view.said.has(message)) reactions.set(message, signs);
  }
  return { ...view.mine, reactions, own: new Set([...view.mine.own, ...part.own]) };
}

/** Totals that changed while the page was under way may be missing from it: count them as not heard. */
function settled(view: View, how: PageAs): View {
  return how.as === "live" || how.rev >= view.rev ? view : { ...view, rev: how.rev };
}

function lateFor({ late }: View, { message, author }: MessageView): Late | undefined {
  return (
    (author.person === undefined || author.person === null ? undefined : late.get(author.person)) ?? late.get(message)
  );
}

function mended(said: Said, late: Late | undefined): Said {
  if (late === undefined || said.text === null) return said;
  if (late.is === "removed") return { ...said, ...GONE, removed: late.by };
  if (late.text === null) return { ...said, ...GONE };
  if (late.at_ms <= (said.edited_ms ?? 0)) return said;
  return { ...said, text: late.text, mentions: late.mentions, edited_ms: late.at_ms };
}

function regroup(
  said: Map<MessageId, Said>,
  replies: Map<MessageId, readonly MessageId[]>,
  parents: Set<MessageId>,
): void {
  const found = new Map<MessageId, Said[]>();
  for (const one of said.values()) {
    if (one.reply_to === null || !parents.has(one.reply_to)) continue;
    found.set(one.reply_to, [...(found.get(one.reply_to) ?? []), one]);
  }
  for (const [parent, those] of found) {
    those.sort(inOrder);
    const ids = those.map(({ message }) => message);
    replies.set(parent, ids);
  }
}

function withPage(view: View, page: Page, how: PageAs): View {
  const ids = page.messages.map(({ message }) => message);
  const fresh: Stretch = { ids, earlier: beyond(page.earlier), later: beyond(page.later) };
  if (how.as === "live") return { ...view, live: fresh };
  if (how.as === "away") return joined({ ...view, away: fresh });
  const shown = view.away ?? view.live;
  const grown: Stretch = { ...shown, ids: union(view, shown.ids, ids), [how.as]: fresh[how.as] };
  return view.away === null ? { ...view, live: grown } : joined({ ...view, away: grown });
}

/** When the page further back has reached what is live, the two are one again. */
function joined(view: View): View {
  const { away, live } = view;
  if (away === null) return view;
  const known = new Set(live.ids);
  if (away.later.is !== "end" && !away.ids.some((id) => known.has(id))) return view;
  const first = away.ids[0];
  // The live stretch may begin further back than the page does; then its own edge is the right one.
  const earlier = first !== undefined && first === earliest(view, first, live.ids[0]) ? away.earlier : live.earlier;
  return { ...view, away: null, live: { ids: union(view, away.ids, live.ids), earlier, later: { is: "end" } } };
}

function earliest(view: View, a: MessageId, b: MessageId | undefined): MessageId {
  const [one, two] = [view.said.get(a), b === undefined ? undefined : view.said.get(b)];
  return one !== undefined && two !== undefined && inOrder(two, one) < 0 ? two.message : a;
}

function union(view: View, a: readonly MessageId[], b: readonly MessageId[]): readonly MessageId[] {
  const all = [...new Set([...a, ...b])].map((id) => view.said.get(id)).filter((said) => said !== undefined);
  all.sort(inOrder);
  return all.map(({ message }) => message);
}

function without<V>(map: ReadonlyMap<MessageId, V>, ids: readonly MessageId[]): ReadonlyMap<MessageId, V> {
  if (!ids.some((id) => map.has(id))) return map;
  const rest = new Map(map);
  for (const id of ids) rest.delete(id);
  return rest;
}

/** A stretch with a new message in its place; the same one when that place is outside of it. */
export function insert(stretch: Stretch, said: Said, all: ReadonlyMap<MessageId, Said>): Stretch {
  let at = stretch.ids.length;
  while (at > 0 && isBefore(said, all.get(stretch.ids[at - 1] ?? ""))) at--;
  const outside =
    (at === 0 && stretch.earlier.is !== "end") || (at === stretch.ids.length && stretch.later.is !== "end");
  return outside ? stretch : { ...stretch, ids: [...stretch.ids.slice(0, at), said.message, ...stretch.ids.slice(at)] };
}

function isBefore(said: Said, other: Said | undefined): boolean {
  return other !== undefined && inOrder(said, other) < 0;
}
