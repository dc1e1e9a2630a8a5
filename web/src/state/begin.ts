/** How a view begins: with the snapshot that answers a follow. */

import type { Following, PersonId } from "../contract.gen";
import { pageInto } from "./stretch";
import { mineOf, NOBODY_TYPES, withoutSigns, type View } from "./view";

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
    early: new Map(),
    rev: snapshot.rev,
    heardRev: snapshot.rev,
    roster: snapshot.roster,
    typing: NOBODY_TYPES,
    pressed: false,
  };
  const view = pageInto(empty, snapshot.page, { as: "live" });
  const removed = [...view.said.values()].filter(({ text }) => text === null);
  return { ...view, mine: removed.reduce((part, { message }) => withoutSigns(part, message), view.mine) };
}
