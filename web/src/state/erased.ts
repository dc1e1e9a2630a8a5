/** What goes from a view when somebody has erased themselves. */

import type { MessageId, PersonId } from "../contract.gen";
import { GONE, type Said } from "./said";
import { isNew, LATE_KEPT, type Late, type View } from "./view";

const LATE: Late = { is: "removed", by: "erased" };

/** The view without the words of these messages, and without all that `person` said under their name. */
export function erased(view: View, ids: readonly MessageId[], person: PersonId | null): View {
  const these = new Set(ids);
  const goes = (one: Said): boolean => these.has(one.message) || (person !== null && one.author.person === person);
  const gone = [...view.said.values()].filter(goes);
  const said = new Map(view.said);
  const reactions = new Map(view.mine.reactions);
  for (const one of gone) {
    said.set(one.message, without(one));
    reactions.delete(one.message);
  }
  const unread = Math.max(0, view.mine.unread - gone.filter((one) => isNew(view, one, view.mine.read_seq)).length);
  const elsewhere = new Map(
    [...view.elsewhere].map(([parent, those]) => [parent, those.map((one) => (goes(one) ? without(one) : one))]),
  );
  // A page that is under way may still have them.
  const late = new Map(view.late);
  for (const id of [...ids, ...(person === null ? [] : [person])]) late.delete(id);
  const kept = [
    ...late,
    ...ids.map((id) => [id, LATE] as const),
    ...(person === null ? [] : [[person, LATE] as const]),
  ];
  return { ...view, said, elsewhere, late: new Map(kept.slice(-LATE_KEPT)), mine: { ...view.mine, reactions, unread } };
}

function without(one: Said): Said {
  return one.text === null ? one : { ...one, ...GONE, removed: "erased" };
}
