/** Makes the screen: the view's messages in rows, with days, the line where I left, and what waits at the end. */

import type { PersonId } from "../contract.gen";
import { Same } from "./alike";
import { Showing, type Overlay } from "./shown";
import type { Edge, Elsewhere, MyPlace, Row, Screen, Shown } from "./surface";
import type { Said } from "./said";
import { isNew, isOwn, type View } from "./view";

export interface Drawn extends Overlay {
  /** Where I stood when I came in; null when nothing was new then or the line was dismissed. */
  readonly newSince: { readonly seq: number; readonly count: number } | null;
  readonly earlier: Edge;
  readonly later: Edge;
  /** The newest number when the reader left the end; null while they are there. */
  readonly leftEndAt: number | null;
}

// People who write several short messages in a row are named once.
const GROUP_MS = 5 * 60_000;

export class Screens {
  readonly #showing = new Showing();
  readonly #rows = new Same<Row>();
  readonly #whole = new Same<Screen>();

  screen(view: View, drawn: Drawn): Screen {
    this.#showing.begin(view, drawn);
    this.#rows.turn();
    this.#whole.turn();
    const { earlier, later, leftEndAt } = drawn;
    return this.#whole.as("", {
      room: view.room,
      me: placeOf(view),
      rows: this.#inRows(view, drawn),
      earlier,
      later,
      seq: view.seq,
      atLive: view.away === null,
      unread: view.mine.unread,
      newBelow: leftEndAt === null ? 0 : newAfter(view, leftEndAt),
      elsewhere: this.#elsewhere(view),
    });
  }

  #inRows(view: View, { newSince }: Drawn): readonly Row[] {
    const rows: Row[] = [];
    let before: Shown | null = null;
    let marked = newSince === null;
    for (const { shown, said } of this.#messages(view)) {
      const newDay: boolean = before === null || dayOf(before.at_ms) !== dayOf(shown.at_ms);
      if (newDay) rows.push(this.#row({ is: "day", key: `day ${dayOf(shown.at_ms)}`, at_ms: shown.at_ms }));
      const newHere: boolean = !marked && newSince !== null && said !== null && isNew(view, said, newSince.seq);
      if (newHere && newSince !== null) rows.push(this.#row({ is: "new", key: "new", count: newSince.count }));
      marked ||= newHere;
      const first: boolean = newDay || newHere || before === null || !continues(before, shown);
      const { key } = shown;
      rows.push(this.#rows.of(key, [shown, first], () => ({ is: "message", key, message: shown, first })));
      before = shown;
    }
    return rows;
  }

  #messages(view: View): readonly { readonly shown: Shown; readonly said: Said | null }[] {
    const said = (view.away ?? view.live).ids.map((id) => view.said.get(id)).filter((one) => one !== undefined);
    const there = said.map((one) => ({ shown: this.#showing.message(one), said: one }));
    if (view.away !== null) return there;
    return [...there, ...this.#showing.pending(null).map((shown) => ({ shown, said: null }))];
  }

  #row(row: Row): Row {
    return this.#rows.as(row.key, row);
  }

  #elsewhere(view: View): readonly Elsewhere[] {
    const found: Elsewhere[] = [];
    for (const [parent, those] of view.elsewhere) {
      const others = those.filter((said) => said.text !== null && !isOwn(view, said));
      const last = others.at(-1);
      if (last !== undefined) found.push({ parent, count: others.length, last: this.#showing.message(last) });
    }
    return found;
  }
}

/** How many messages by others came after `seq`. They are all loaded, as the newest always are. */
function newAfter(view: View, seq: number): number {
  let count = 0;
  for (const said of view.said.values()) if (isNew(view, said, seq)) count++;
  return count;
}

function continues(before: Shown, shown: Shown): boolean {
  if (before.text === null || before.replies.length > 0 || shown.at_ms - before.at_ms > GROUP_MS) return false;
  const { person = null, name } = before.author;
  return person !== null && person === shown.author.person && name === shown.author.name;
}

// Zones differ by quarters of an hour at least, and a date costs more to make than to look up.
const QUARTER_MS = 15 * 60_000;
const days = new Map<number, string>();

/** The day in the reader's own zone. */
function dayOf(at_ms: number): string {
  const quarter = Math.floor(at_ms / QUARTER_MS);
  const known = days.get(quarter);
  if (known !== undefined) return known;
  if (days.size > 1000) days.clear();
  const day = new Date(at_ms).toDateString();
  days.set(quarter, day);
  return day;
}

function placeOf({ me, mine }: View): MyPlace & { readonly person: PersonId } {
  const { name, standing, roles, accepted, muted_until_ms, read_seq } = mine;
  return { person: me, name, standing, roles, accepted, mutedUntil_ms: muted_until_ms, read_seq };
}
