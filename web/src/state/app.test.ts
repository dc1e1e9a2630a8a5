import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { FakeClock } from "../link/fakes/clock";
import { ADA, BEN, COMMUNITY, ROOM } from "../link/fakes/house";
import { FakeServer } from "../link/fakes/server";
import { openTab, type Tab } from "./fakes/tab";

let tab: Tab;

beforeEach(() => localStorage.clear());

afterEach(() => tab.app.close());

const PERSONAL = ["room.admitted", "room.dismissed", "rights.changed", "roles.waiting"] as const;

describe("who I am", () => {
  test("is asked at the start", async () => {
    tab = await openTab();
    expect(tab.app.session.state.value).toMatchObject({ is: "in", person: ADA });
    expect(tab.app.connection.value).toEqual({ is: "live", by: "socket" });
  });

  test("a stranger is nobody, and has no line", async () => {
    const clock = new FakeClock();
    const server = new FakeServer(clock);
    server.person = null;
    server.organisation = "St Brannock’s";
    tab = await openTab({ clock, server });
    expect(tab.app.session.state.value).toEqual({ is: "stranger", claimed: true });
    expect([tab.app.session.organisation.value, tab.app.session.shared.value]).toEqual(["St Brannock’s", false]);
    expect(tab.app.connection.value).toEqual({ is: "idle" });
    server.person = BEN;
    await tab.app.session.refresh();
    await clock.pass(100);
    expect(tab.app.session.state.value).toMatchObject({ is: "in", person: BEN });
    expect(tab.app.connection.value.is).toBe("live");
  });

  test("is asked again by itself when the server can't be reached", async () => {
    const clock = new FakeClock();
    const server = new FakeServer(clock);
    server.reachable = false;
    tab = await openTab({ clock, server });
    await clock.pass(5000);
    expect(tab.app.session.state.value).toEqual({ is: "unreachable" });
    server.reachable = true;
    await clock.pass(20_000);
    expect(tab.app.session.state.value.is).toBe("in");
  });

  test("ends when the server says so, and drafts are still there when I come back", async () => {
    tab = await openTab();
    tab.app.room(ROOM).enter();
    await tab.clock.pass(100);
    tab.app.room(ROOM).composer.write({ is: "new" }, "unsent");
    tab.server.person = null;
    tab.server.closeAll(4401);
    await tab.clock.pass(1000);
    expect(tab.app.session.state.value).toEqual({ is: "ended", why: "server" });
    expect(() => tab.app.room(ROOM)).toThrow("sign in first");
    tab.server.person = ADA;
    await tab.app.session.refresh();
    expect(tab.app.room(ROOM).composer.draft({ is: "new" }).value.text).toBe("unsent");
  });

  test("ends when a request is told so", async () => {
    tab = await openTab();
    tab.server.person = null;
    await expect(tab.app.api("home", { params: { slug: "here" } })).rejects.toMatchObject({ code: "signed_out" });
    await tab.clock.pass(100);
    expect(tab.app.session.state.value).toEqual({ is: "ended", why: "server" });
  });

  test("another person in the same browser sends nothing of mine", async () => {
    tab = await openTab();
    tab.app.room(ROOM).enter();
    await tab.clock.pass(100);
    tab.server.cut();
    await tab.clock.pass(10);
    tab.app.room(ROOM).post("only Ada's");
    tab.server.person = BEN;
    tab.server.mend();
    await tab.clock.pass(10_000);
    expect(tab.app.session.state.value).toMatchObject({ is: "in", person: BEN });
    expect(tab.server.house.messages.size).toBe(0);
    tab.server.person = ADA;
    tab.server.cut({ away: false });
    await tab.clock.pass(10_000);
    expect(tab.app.session.state.value).toMatchObject({ is: "in", person: ADA });
    expect([...tab.server.house.messages.values()].map(({ view }) => view.text)).toEqual(["only Ada's"]);
  });

  test("a newer contract is offered as a reload", async () => {
    const clock = new FakeClock();
    const server = new FakeServer(clock);
    server.contract = 2;
    tab = await openTab({ clock, server });
    expect(tab.app.stale.value).toBe(true);
  });
});

describe("somebody of the team", () => {
  beforeEach(async () => {
    const clock = new FakeClock();
    const server = new FakeServer(clock);
    server.idle = { desk_s: 1800, elsewhere_s: 43_200 };
    tab = await openTab({ clock, server });
  });

  test("is signed out of a desk after half an hour, and is warned before", async () => {
    const getUp = tab.app.session.sitDown();
    await tab.clock.pass(1750_000);
    expect(tab.app.session.quietLeft_s.value).toBe(50);
    tab.app.session.stay();
    await tab.clock.pass(1790_000);
    expect(tab.app.session.state.value.is).toBe("in");
    await tab.clock.pass(15_000);
    expect(tab.app.session.state.value).toEqual({ is: "ended", why: "quiet" });
    expect(tab.server.person).toBeNull();
    getUp();
  });

  test("has twelve hours anywhere else", async () => {
    tab.app.session.sitDown()();
    tab.clock.sleep(43_100_000, { clockRuns: true });
    await tab.clock.pass(2000);
    expect(tab.app.session.state.value.is).toBe("in");
    tab.clock.sleep(120_000, { clockRuns: true });
    await tab.clock.pass(2000);
    expect(tab.app.session.state.value).toEqual({ is: "ended", why: "quiet" });
  });

  test("is watched no longer when they are of it no more", async () => {
    tab.server.idle = null;
    await tab.app.session.refresh();
    tab.clock.sleep(50_000_000, { clockRuns: true });
    await tab.clock.pass(2000);
    expect(tab.app.session.state.value.is).toBe("in");
  });
});

describe("a shared device", () => {
  beforeEach(async () => {
    const clock = new FakeClock();
    const server = new FakeServer(clock);
    server.shared_idle_s = 900;
    tab = await openTab({ clock, server });
  });

  test("signs itself out after so many quiet seconds, and says so in the last minute", async () => {
    await tab.clock.pass(839_000);
    expect(tab.app.session.quietLeft_s.value).toBeNull();
    await tab.clock.pass(31_000);
    expect(tab.app.session.quietLeft_s.value).toBe(30);
    tab.app.session.stay();
    expect(tab.app.session.quietLeft_s.value).toBeNull();
    tab.page.says("active");
    await tab.clock.pass(890_000);
    expect(tab.app.session.state.value.is).toBe("in");
    await tab.clock.pass(15_000);
    expect(tab.app.session.state.value).toEqual({ is: "ended", why: "quiet" });
    // Whoever comes next at this device need not know.
    expect(tab.app.session.shared.value).toBe(true);
    expect(tab.server.person).toBeNull();
  });

  test("waits for an answer once it has asked, whatever is touched meanwhile", async () => {
    await tab.clock.pass(870_000);
    tab.page.says("active");
    expect(tab.app.session.quietLeft_s.value).toBe(30);
    await tab.clock.pass(31_000);
    expect(tab.app.session.state.value).toEqual({ is: "ended", why: "quiet" });
  });

  test.each([true, false])("also when it slept (its clock ran: %s)", async (clockRuns) => {
    tab.clock.sleep(1000_000, { clockRuns });
    await tab.clock.pass(2000);
    expect(tab.app.session.state.value).toEqual({ is: "ended", why: "quiet" });
  });

  test("is signed out on the page at once, and on the server when it can be reached", async () => {
    tab.server.cut();
    const out = tab.app.session.signOut();
    expect(tab.app.session.state.value).toEqual({ is: "ended", why: "self" });
    await out;
    await tab.clock.pass(20_000);
    tab.server.mend();
    await tab.clock.pass(20_000);
    expect(tab.server.person).toBeNull();
  });
});

test("leaving a community ends the session, and nothing stays here", async () => {
  tab = await openTab();
  tab.app.room(ROOM).composer.write({ is: "new" }, "unsent");
  await tab.clock.pass(1000);
  await tab.app.session.leave("here");
  expect(tab.app.session.state.value).toEqual({ is: "ended", why: "left" });
  expect(Object.keys(localStorage)).toEqual([]);
});

const asked = (): number => tab.server.requests.filter((line) => line.includes("/communities/here")).length;

describe("a community's home", () => {
  beforeEach(async () => {
    tab = await openTab();
  });

  test("is loaded once when it is opened, and again when its stream has news", async () => {
    const home = tab.app.community("here");
    expect(home.home.value).toEqual({ is: "loading" });
    const leave = home.enter();
    await tab.clock.pass(1000);
    expect(home.home.value).toMatchObject({ is: "loaded", fresh: true });
    expect(asked()).toBe(1);
    tab.server.house.room.title = "Garden";
    for (let n = 0; n < 5; n++) tab.server.house.add(`community:${COMMUNITY}`, { t: "room.listed", room: ROOM });
    await tab.clock.pass(3000);
    expect(asked()).toBe(2);
    expect(home.home.value).toMatchObject({ value: { rooms: [{ title: "Garden" }] } });
    expect(home.changes.value).toBe(5);
    leave();
    tab.server.house.add(`community:${COMMUNITY}`, { t: "room.listed", room: ROOM });
    await tab.clock.pass(200_000);
    expect(asked()).toBe(2);
  });

  test("knows at once what I read elsewhere, and looks now and then for what is new", async () => {
    const home = tab.app.community("here");
    home.enter();
    await tab.clock.pass(1000);
    tab.server.signal(`person:${ADA}`, { t: "place.moved", room: ROOM, seq: 1, unread: 7 });
    await tab.clock.pass(100);
    expect(home.home.value).toMatchObject({ value: { rooms: [{ unread: 7 }] } });
    tab.server.house.say(BEN, "new");
    await tab.clock.pass(100_000);
    expect(home.home.value).toMatchObject({ value: { rooms: [{ unread: 1 }] } });
  });

  test("that was on its way when I read something elsewhere is asked for again", async () => {
    const home = tab.app.community("here");
    home.enter();
    await tab.clock.pass(1000);
    const letGo = tab.server.holdRest();
    void home.reload();
    await tab.clock.pass(10);
    tab.server.signal(`person:${ADA}`, { t: "place.moved", room: ROOM, seq: 1, unread: 0 });
    await tab.clock.pass(10);
    letGo();
    // Made before the place moved, and come after it was told.
    const before = asked();
    await tab.clock.pass(100);
    expect(asked()).toBe(before + 1);
  });

  test("is asked for anew when the line comes back: what only passed by is not told again", async () => {
    const home = tab.app.community("here");
    home.enter();
    await tab.clock.pass(1000);
    const before = asked();
    tab.server.house.say(BEN, "new");
    tab.server.cut();
    tab.server.mend();
    await tab.clock.pass(10_000);
    expect(tab.app.connection.value.is).toBe("live");
    expect(asked()).toBe(before + 1);
    expect(home.home.value).toMatchObject({ value: { rooms: [{ unread: 1 }] } });
  });

  test.each(PERSONAL)("is asked for anew after %s", async (t) => {
    const home = tab.app.community("here");
    home.enter();
    await tab.clock.pass(1000);
    tab.server.house.add(`person:${ADA}`, t === "room.admitted" || t === "room.dismissed" ? { t, room: ROOM } : { t });
    await tab.clock.pass(3000);
    expect(asked()).toBe(2);
    expect(home.changes.value).toBe(1);
  });

  test("that can't be fetched again is shown as it was, and said to be old", async () => {
    const home = tab.app.community("here");
    home.enter();
    await tab.clock.pass(1000);
    tab.server.reachable = false;
    const again = home.reload();
    await tab.clock.pass(5000);
    await again;
    expect(home.home.value).toMatchObject({ is: "loaded", fresh: false });
  });

  test("changes in roles are known in every room", async () => {
    const room = tab.app.room(ROOM);
    room.enter();
    await tab.clock.pass(100);
    expect(room.may("room.close")).toBe("not_allowed");
    tab.server.house.members.set(ADA, { name: "Ada", roles: ["member", "keeper"], accepted: true, muted_until_ms: 0 });
    await tab.app.session.refresh();
    await tab.clock.pass(100);
    expect(room.may("room.close")).toBeNull();
  });
});

test("where sockets are forbidden, everything goes by polls", async () => {
  const clock = new FakeClock();
  const server = new FakeServer(clock);
  server.socketsAllowed = false;
  tab = await openTab({ clock, server });
  const room = tab.app.room(ROOM);
  room.enter();
  await clock.pass(6000);
  expect(tab.app.connection.value).toEqual({ is: "live", by: "poll" });
  room.post("one");
  room.post("two");
  server.house.say(BEN, "three");
  await clock.pass(3000);
  const words = room.screen.value?.rows.flatMap((row) => (row.is === "message" ? [row.message.text] : []));
  expect(words?.toSorted()).toEqual(["one", "three", "two"]);
  expect(room.state.value).toEqual({ is: "open", upToDate: true });
  expect(server.house.messages.size).toBe(3);
  const before = server.requests.length;
  await clock.pass(120_000);
  // Four or five long polls a minute, and now and then a look whether a socket is possible.
  expect(server.requests.length - before).toBeLessThan(15);
});
