import { describe, expect, test } from "vitest";

import type { Happened, Now, Tally } from "../contract.gen";
import { ADA, BEN, House, ROOM } from "../link/fakes/house";
import { apply, type Item } from "./apply";
import { pageInto } from "./stretch";
import { isBehind } from "./tally";
import { begin } from "./begin";
import type { View } from "./view";

const STREAM = `room:${ROOM}`;

function opened(house: House): View {
  const view = begin(ADA, house.following(STREAM, ADA, { ref: 1 }));
  if (view === null) throw new Error("no snapshot");
  return view;
}

/** A house, a view of it, and everything that happens folded in, signals too. */
function watched(): { house: House; view: () => View; put: (item: Item) => void } {
  const house = new House();
  house.at_ms = () => 1000 * house.head(STREAM);
  let view = opened(house);
  const put = (item: Item): void => void (view = apply(view, item));
  house.happened = (event: Happened) => {
    if (event.stream === STREAM) put(event);
    else if (event.stream === `person:${ADA}` && event.event.t === "message.own")
      put({ t: "personal", what: event.event });
  };
  house.tallied = (since, tallies: readonly Tally[]) =>
    put({ t: "signal", stream: STREAM, signal: { t: "tally.changed", since, rev: house.rev, tallies } });
  return { house, view: () => view, put };
}

/** The same numbers each time: a fault that chance has found must be found again. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * sides);
  };
}

describe("a snapshot and the events after it", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])("show what a later snapshot shows (%i)", (seed) => {
    const { house, view, put } = watched();
    const roll = dice(seed);
    for (let n = 0; n < 300; n++) {
      const living = [...house.messages.values()].filter(({ view: { removed } }) => removed === undefined);
      const some = living[roll(living.length)]?.view;
      const by = roll(2) === 0 ? ADA : BEN;
      const what = some === undefined ? 0 : roll(12);
      if (what < 3) house.say(by, `word ${n}`, { hidden: roll(4) === 0 });
      else if (what < 5 && some !== undefined && some.reply_to === undefined)
        house.say(by, `answer ${n}`, { replyTo: some.message });
      else if (what === 5) house.say(BEN, `let through ${n}`, { after: 1 + roll(house.head(STREAM)) });
      else if (what === 6 && some !== undefined) house.edit(some.message, `other ${n}`);
      else if (what === 7 && some !== undefined) house.remove(some.message, "team");
      else if (what < 11 && some !== undefined) react(house, put, some.message, by, roll(2) === 0);
      else mark(house, put, roll(house.head(STREAM) + 1));
    }
    expect(house.messages.size).toBeGreaterThan(60);
    expect(comparable(view(), house)).toEqual(comparable(opened(house), house));
  });

  test("a page further back may have a message once more, with answers that the newest page had no room for", () => {
    const house = new House();
    const [parent, ...answers] = ["asked", "one", "two", "three"].map(
      (text, n) => house.say(BEN, text, n === 0 ? {} : { replyTo: [...house.messages.keys()][0] ?? "" }).message,
    );
    const whole = house.page();
    const cut = { ...whole, replies: whole.replies.slice(2), earlier: "before" };
    const view = pageInto(opened(new House()), cut, { as: "live" });
    expect(view.replies.get(parent ?? "")).toEqual(answers.slice(2));
    const grown = pageInto(view, whole, { as: "earlier", rev: 0 });
    expect(grown.live).toEqual({ ids: [parent], earlier: { is: "end" }, later: { is: "end" } });
    expect(grown.replies.get(parent ?? "")).toEqual(answers);
  });

  test("a page may know more than the events so far, and nothing is doubled when they come", () => {
    const { house, view, put } = watched();
    const parent = house.say(BEN, "heard").message;
    const late: Happened[] = [];
    house.happened = (event) => void late.push(event);
    house.say(BEN, "not heard yet");
    house.say(BEN, "nor this", { replyTo: parent });
    put({ t: "page", page: house.page(), how: { as: "earlier", rev: 0 } });
    for (const event of late) put(event);
    expect(comparable(view(), house)).toEqual(comparable(opened(house), house));
  });

  test("totals that come before their message are shown with it", () => {
    const { house, view, put } = watched();
    const parent = house.say(BEN, "heard").message;
    const late: Happened[] = [];
    house.happened = (event) => void late.push(event);
    const said = house.say(BEN, "told by a slower server");
    const reply = house.say(BEN, "and this", { replyTo: parent });
    for (const { message } of [said, reply]) react(house, put, message, BEN, true);
    expect(isBehind(view())).toBe(false);
    for (const event of late) put(event);
    expect(view().said.get(said.message)?.counts).toEqual({ heart: 1 });
    expect(comparable(view(), house)).toEqual(comparable(opened(house), house));
  });

  test("room events change what stands above the conversation", () => {
    const { house, view } = watched();
    house.add(STREAM, { t: "room.opened", title: "A", purpose: "b", visibility: "team", hide_names: false });
    house.add(STREAM, { t: "room.renamed", title: "Garden", purpose: "Grow" });
    house.add(STREAM, { t: "room.visibility_set", visibility: "invited" });
    house.add(STREAM, { t: "room.hidden_names_set", on: true });
    house.add(STREAM, { t: "room.closed" });
    expect(view().room).toMatchObject({
      title: "Garden",
      purpose: "Grow",
      visibility: "invited",
      hide_names: true,
      closed: true,
    });
    house.add(STREAM, { t: "room.reopened" });
    expect(view()).toMatchObject({ room: { closed: false }, seq: 6 });
  });

  test("an event of a newer version has its number and changes nothing else", () => {
    const { house, view } = watched();
    const before = view();
    house.add(STREAM, { t: "poll.opened" } as unknown as Happened["event"]);
    expect(view()).toEqual({ ...before, seq: 1 });
  });
});

function react(house: House, put: (item: Item) => void, message: string, by: string, on: boolean): void {
  house.react(by, message, "heart", on);
  if (by === ADA) put({ t: "personal", what: { t: "reaction.own", room: ROOM, message, reaction: "heart", on } });
}

function mark(house: House, put: (item: Item) => void, seq: number): void {
  if (seq <= (house.places.get(ADA) ?? 0)) return;
  house.places.set(ADA, seq);
  put({ t: "personal", what: { t: "place.moved", room: ROOM, seq, unread: house.unread(ADA, seq) } });
}

/** What both have: a snapshot holds the newest page only, and nothing of what was said further back. */
function comparable(view: View, house: House): unknown {
  const page = house.page();
  const ids = page.messages.map(({ message }) => message);
  const shown = new Set([...page.messages, ...page.replies].map(({ message }) => message));
  const only = <V>(map: ReadonlyMap<string, V>): unknown =>
    Object.fromEntries([...map].filter(([id]) => shown.has(id)));
  return {
    seq: view.seq,
    epoch: view.epoch,
    room: view.room,
    revs: [view.rev, view.heardRev],
    ids: view.live.ids.slice(-ids.length),
    said: only(view.said),
    replies: only(view.replies),
    mine: {
      ...view.mine,
      reactions: only(view.mine.reactions),
      own: [...view.mine.own].filter((id) => shown.has(id)).toSorted(),
    },
  };
}

const tallies = (message: string, heart: number): readonly Tally[] => [{ message, counts: { heart } }];

const told = (since: number, rev: number, message: string): Now => ({
  t: "signal",
  stream: STREAM,
  signal: { t: "tally.changed", since, rev, tallies: tallies(message, rev) },
});

describe("totals", () => {
  test("of a signal that builds on one not seen are put aside until all are known", () => {
    const { house, view, put } = watched();
    const { message } = house.say(BEN, "liked");
    put(told(0, 1, message));
    put(told(2, 3, message));
    expect(isBehind(view())).toBe(true);
    expect(view().said.get(message)?.counts).toEqual({ heart: 1 });
    put({ t: "tallies", tallies: { rev: 2, tallies: tallies(message, 2) } });
    expect(isBehind(view())).toBe(true);
    put({ t: "tallies", tallies: { rev: 3, tallies: tallies(message, 3) } });
    expect(isBehind(view())).toBe(false);
    expect(view().said.get(message)?.counts).toEqual({ heart: 3 });
  });

  test("that were told between two polls are known to be missing when the room is followed again", () => {
    const { house, view, put } = watched();
    const { message } = house.say(BEN, "liked");
    put(told(0, 1, message));
    const again = { t: "following", ref: -1, stream: STREAM, epoch: view().epoch, seq: 1, resumed: true } as const;
    put({ ...again, rev: 1 });
    expect(isBehind(view())).toBe(false);
    put({ ...again, rev: 2 });
    expect(isBehind(view())).toBe(true);
    put({ t: "tallies", tallies: { rev: 2, tallies: tallies(message, 2) } });
    expect(isBehind(view())).toBe(false);
  });

  test("that are older than what is known change nothing", () => {
    const { house, view, put } = watched();
    const { message } = house.say(BEN, "liked");
    put(told(0, 5, message));
    put(told(2, 3, message));
    put({ t: "tallies", tallies: { rev: 4, tallies: tallies(message, 4) } });
    expect(view().said.get(message)?.counts).toEqual({ heart: 5 });
  });
});

describe("my place", () => {
  test("never moves back", () => {
    const { house, view, put } = watched();
    for (const word of ["a", "b", "c"]) house.say(BEN, word);
    put({ t: "read", seq: 2 });
    expect(view().mine).toMatchObject({ read_seq: 2, unread: 1 });
    put({ t: "read", seq: 1 });
    put({ t: "personal", what: { t: "place.moved", room: ROOM, seq: 1, unread: 9 } });
    expect(view().mine).toMatchObject({ read_seq: 2, unread: 1 });
  });

  test("counts what others said and have not removed", () => {
    const { house, view } = watched();
    house.say(ADA, "mine");
    house.say(ADA, "mine too", { hidden: true });
    const { message } = house.say(BEN, "theirs");
    expect(view().mine.unread).toBe(1);
    house.remove(message, "author");
    expect(view().mine.unread).toBe(0);
  });
});
