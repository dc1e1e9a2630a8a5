import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { ADA, BEN, ROOM } from "../link/fakes/house";
import { messagesOf, openRoom, rowsOf, screenOf, shown, wordsOf, type InRoom } from "./fakes/tab";

let tab: InRoom;

beforeEach(async () => {
  localStorage.clear();
  tab = await openRoom();
});

afterEach(() => tab.app.close());

describe("what others say", () => {
  test("is grouped by author within five minutes, and by day", async () => {
    const { house } = tab.server;
    house.say(BEN, "one");
    house.say(BEN, "two");
    await tab.clock.pass(6 * 60_000);
    house.say(BEN, "three");
    house.say(BEN, "hidden", { hidden: true });
    tab.clock.jump(24 * 3600_000);
    house.say(BEN, "next day");
    await tab.clock.pass(100);
    expect(rowsOf(tab)).toEqual(["day", "message", "message", "message", "message", "day", "message"]);
    const first = screenOf(tab).rows.flatMap((row) => (row.is === "message" ? [row.first] : []));
    expect(first).toEqual([true, false, true, true, true]);
  });

  test("an answer stands under what it answers, or aside when that isn't loaded", async () => {
    const { house } = tab.server;
    const { message } = house.say(BEN, "question");
    house.say(BEN, "answer", { replyTo: message });
    house.say(BEN, "to an old one", { replyTo: "NOTLOADED" });
    await tab.clock.pass(100);
    expect(shown(tab, "question").replies.map(({ text }) => text)).toEqual(["answer"]);
    expect(screenOf(tab).elsewhere).toMatchObject([{ parent: "NOTLOADED", count: 1, last: { text: "to an old one" } }]);
    tab.room.post("mine", { replyTo: message });
    expect(shown(tab, "question").replies.map(({ text }) => text)).toEqual(["answer", "mine"]);
    await tab.clock.pass(100);
    expect(shown(tab, "question").replies.map(({ text }) => text)).toEqual(["answer", "mine"]);
    expect(wordsOf(tab)).toEqual(["question"]);
  });

  test("who writes is shown without me, and forgotten when nothing more is heard", async () => {
    const people = [
      { person: ADA, name: "Ada" },
      { person: BEN, name: "Ben" },
    ];
    tab.server.signal(`room:${ROOM}`, { t: "typing.changed", people });
    await tab.clock.pass(100);
    expect(tab.room.typing.value.people.map(({ name }) => name)).toEqual(["Ben"]);
    await tab.clock.pass(61_000);
    expect(tab.room.typing.value.people).toEqual([]);
  });

  test("who is here is known unless the server says that it is not", async () => {
    const people = [{ person: BEN, name: "Ben" }];
    expect(tab.room.roster.value.known).toBe(true);
    tab.server.signal(`room:${ROOM}`, { t: "roster.changed", count: 1, people, known: false });
    await tab.clock.pass(100);
    expect(tab.room.roster.value).toEqual({ count: 1, people, namedAll: true, known: false });
    tab.server.signal(`room:${ROOM}`, { t: "roster.changed", count: 2, people });
    await tab.clock.pass(100);
    expect(tab.room.roster.value).toMatchObject({ count: 2, known: true });
  });

  test("who writes is not known any more when the line was lost", async () => {
    tab.server.signal(`room:${ROOM}`, { t: "typing.changed", people: [{ person: BEN, name: "Ben" }] });
    await tab.clock.pass(100);
    tab.server.cut({ away: false });
    await tab.clock.pass(2000);
    expect(tab.room.typing.value.people).toEqual([]);
  });

  test("the team alone is told of a rush, until it ends or the line was lost", async () => {
    const rush = () => tab.server.signal(`room:${ROOM}`, { t: "pressure.changed", high: true });
    rush();
    await tab.clock.pass(100);
    expect(tab.room.pressed.value).toBe(false);
    tab.server.house.members.set(ADA, { name: "Ada", roles: ["member", "host"], accepted: true, muted_until_ms: 0 });
    tab.server.cut({ away: false });
    await tab.clock.pass(2000);
    expect(tab.room.pressed.value).toBe(false);
    rush();
    await tab.clock.pass(100);
    expect(tab.room.pressed.value).toBe(true);
    tab.server.signal(`room:${ROOM}`, { t: "pressure.changed", high: false });
    await tab.clock.pass(100);
    expect(tab.room.pressed.value).toBe(false);
  });

  test("unchanged rows are the same objects, so that they are not drawn again", async () => {
    const { house } = tab.server;
    house.say(BEN, "one");
    await tab.clock.pass(100);
    const before = screenOf(tab).rows;
    house.say(BEN, "two");
    await tab.clock.pass(100);
    expect(screenOf(tab).rows[1]).toBe(before[1]);
    expect(screenOf(tab).rows).toHaveLength(3);
  });

  test("fifty a second change the screen at most once a frame", async () => {
    let changes = 0;
    const stop = tab.room.screen.subscribe(() => changes++);
    for (let n = 0; n < 200; n++) tab.server.house.say(BEN, `word ${n}`);
    await tab.clock.pass(100);
    stop();
    expect(messagesOf(tab)).toHaveLength(200);
    expect(changes).toBeLessThan(5);
  });
});

describe("what is new", () => {
  test("the line stands where I left, and goes when dismissed", async () => {
    const { server, clock } = tab;
    server.house.say(BEN, "read");
    server.house.places.set(ADA, 1);
    tab.leave();
    server.house.say(BEN, "new one");
    server.house.say(BEN, "new two");
    tab.room.enter();
    await clock.pass(100);
    expect(rowsOf(tab)).toEqual(["day", "message", "new", "message", "message"]);
    expect(screenOf(tab).rows[2]).toMatchObject({ count: 2 });
    expect(screenOf(tab).unread).toBe(2);
    tab.room.dismissNew();
    await clock.pass(20);
    expect(rowsOf(tab)).toEqual(["day", "message", "message", "message"]);
  });

  test("is counted below while I read further up", async () => {
    tab.room.atEnd(false);
    for (const word of ["a", "b", "c"]) tab.server.house.say(BEN, word);
    tab.room.post("mine");
    await tab.clock.pass(100);
    expect(screenOf(tab).newBelow).toBe(3);
    tab.room.atEnd(true);
    await tab.clock.pass(20);
    expect(screenOf(tab).newBelow).toBe(0);
  });

  test("is marked as read once a second at most, and only when the page is in view", async () => {
    const { server, clock, page } = tab;
    for (let n = 0; n < 5; n++) {
      server.house.say(BEN, `${n}`);
      // oxlint-disable-next-line no-await-in-loop -- one after another
      await clock.pass(100);
      tab.room.sawUpTo(screenOf(tab).seq);
    }
    await clock.pass(20);
    expect(screenOf(tab).unread).toBe(0);
    const marks = (): readonly unknown[] => server.asked.filter(({ t }) => t === "place.mark");
    expect(marks()).toHaveLength(1);
    await clock.pass(2000);
    expect(marks()).toHaveLength(2);
    expect(server.house.places.get(ADA)).toBe(5);
    page.says("hidden");
    server.house.say(BEN, "unseen");
    await clock.pass(100);
    tab.room.sawUpTo(screenOf(tab).seq);
    await clock.pass(2000);
    expect(marks()).toHaveLength(2);
    page.says("visible");
    await clock.pass(100);
    expect(marks()).toHaveLength(3);
  });

  test("is told at once when the page goes, and nothing that was not in view", async () => {
    const { server, clock, page } = tab;
    for (const word of ["first", "second"]) {
      server.house.say(BEN, word);
      // oxlint-disable-next-line no-await-in-loop -- one after another
      await clock.pass(100);
      tab.room.sawUpTo(screenOf(tab).seq);
    }
    expect(server.house.places.get(ADA)).toBe(1);
    page.says("hidden");
    await clock.pass(20);
    expect(server.house.places.get(ADA)).toBe(2);
    server.house.say(BEN, "unseen");
    await clock.pass(100);
    tab.room.sawUpTo(screenOf(tab).seq);
    page.says("leaving");
    await clock.pass(20);
    expect(server.house.places.get(ADA)).toBe(2);
  });

  test("read on another device is read here", async () => {
    const { server, clock } = tab;
    server.house.say(BEN, "a");
    server.house.say(BEN, "b");
    await clock.pass(100);
    expect(screenOf(tab).unread).toBe(2);
    server.signal(`person:${ADA}`, { t: "place.moved", room: ROOM, seq: 1, unread: 1 });
    await clock.pass(100);
    expect(screenOf(tab)).toMatchObject({ unread: 1, me: { read_seq: 1 } });
  });
});

describe("what may be done", () => {
  test("follows the room and my standing, as the server tells them", async () => {
    const { server, clock, room } = tab;
    expect(room.may("message.post")).toBeNull();
    expect(room.may("message.edit")).toBe("not_allowed");
    expect(room.may("message.edit", { own: true })).toBeNull();
    expect(room.may("room.close")).toBe("not_allowed");
    server.house.add(`room:${ROOM}`, { t: "room.closed" });
    await clock.pass(100);
    expect(room.may("message.post")).toBe("room_closed");
    expect(screenOf(tab).room.closed).toBe(true);
    server.house.members.set(ADA, { name: "Ada", roles: ["member", "host"], accepted: true, muted_until_ms: 0 });
    server.house.add(`person:${ADA}`, { t: "rights.changed" });
    await clock.pass(200);
    expect(room.may("room.close")).toBeNull();
    expect(wordsOf(tab)).toEqual([]);
  });

  test("the right to the room can end; then nothing of it stays on the screen", async () => {
    tab.server.house.say(BEN, "secret");
    await tab.clock.pass(100);
    tab.server.send({ t: "ended", stream: `room:${ROOM}`, code: "not_found" });
    await tab.clock.pass(100);
    expect(tab.room.state.value).toEqual({ is: "gone", code: "not_found" });
    expect(tab.room.screen.value).toBeNull();
  });
});
