/** Totals of reactions: which ones are known, and when one was missed. */

import type { Tallies, Tally, TallyChanged } from "../contract.gen";
import { tidied, type Said } from "./said";
import type { View } from "./view";

/** Whether totals were missed and have to be asked for. */
export const isBehind = (view: View): boolean => view.heardRev > view.rev;

export function tallySignal(view: View, { since, rev, tallies }: TallyChanged): View {
  const heardRev = Math.max(view.heardRev, rev);
  // One was missed: these totals are put aside with it, and all are asked for from where we stand.
  if (since > view.rev) return { ...view, heardRev };
  if (rev <= view.rev) return view;
  return { ...withTotals(view, tallies), rev, heardRev };
}

/** The answer to asking. Something newer may have been heard of meanwhile; then we are still behind. */
export function tallied(view: View, { rev, tallies }: Tallies): View {
  if (rev < view.rev) return view;
  return { ...withTotals(view, tallies), rev, heardRev: Math.max(view.heardRev, rev) };
}

// Most of them are of messages far back, which bring their totals with their page.
const EARLY_KEPT = 200;

function withTotals(view: View, tallies: readonly Tally[]): View {
  if (tallies.length === 0) return view;
  const [said, early] = [new Map(view.said), new Map(view.early)];
  for (const { message, counts } of tallies) {
    const one = said.get(message);
    early.delete(message);
    if (one === undefined) early.set(message, tidied(counts));
    else if (one.text !== null) said.set(message, { ...one, counts: tidied(counts) });
  }
  return { ...view, said, early: new Map([...early].slice(-EARLY_KEPT)) };
}

/** A message that has just come, with what was counted for it before. */
export function withEarly(view: View, one: Said): Said {
  const counts = view.early.get(one.message);
  return counts === undefined || one.text === null ? one : { ...one, counts };
}
