/** Totals of reactions: which ones are known, and when one was missed. */

import type { Tallies, Tally, TallyChanged } from "../contract.gen";
import { tidied } from "./said";
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

function withTotals(view: View, tallies: readonly Tally[]): View {
  const known = tallies.filter(({ message }) => view.said.has(message));
  if (known.length === 0) return view;
  const said = new Map(view.said);
  for (const { message, counts } of known) {
    const one = said.get(message);
    if (one !== undefined && one.text !== null) said.set(message, { ...one, counts: tidied(counts) });
  }
  return { ...view, said };
}
