import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { ADA, BEN, ROOM } from "../link/fakes/house";
import { messagesOf, openRoom, openTab, screenOf, shown, wordsOf, type InRoom } from "./fakes/tab";

let tab: InRoom;

beforeEach(async () => {
  localStorage.clear();
  tab = await openRoom();
});

afterEach(() => tab.app.close());

const saidByAda = (): readonly (string | null | undefined)[] =>
  [...tab.server.house.messages.values()].filter(({ by }) => by === ADA).map(({ view }) => view.text);

describe("half a minute without a network", () => {
  test("loses nothing, doubles nothing, and keeps the order", async () => {
    const { server, clock, room, page } = tab;
    server.house.say(BEN, "before");
    await clock.pass(100);
    page.says("offline");
    server.cut();
    await clock.pass(1000);
    expect(tab.app.connection.value).toEqual({ is: "offline" });
    expect(room.state.value).toEqual({ is: "open", upToDate: false });
    for (const word of ["one", "two", "three"]) room.post(word);
    expect(shown(tab, "one").sending).toEqual({ is: "waiting", sure: true });
    server.house.say(BEN, "meanwhile");
    await clock.pass(29_000);
    server.mend();
    page.says("online");
    await clock.pass(500);
    expect(tab.app.connection.value).toEqual({ is: "live", by: "socket" });
    expect(room.state.value).toEqual({ is: "open", upToDate: true });
    expect(wordsOf(tab)).toEqual(["before", "meanwhile", "one", "two", "three"]);
    expect(messagesOf(tab).every(({ sending }) => sending.is === "sent")).toBe(true);
    expect(saidByAda()).toEqual(["one", "two", "three"]);
    expect(screenOf(tab).unread).toBe(2);
  });

  test("comes back by itself although nobody says that the network is there again", async () => {
    const { server, clock } = tab;
    server.cut();
    await clock.pass(30_000);
    server.house.say(BEN, "meanwhile");
    server.mend();
    await clock.pass(10_500);
    expect(wordsOf(tab)).toEqual(["meanwhile"]);
  });
});

describe("a receipt that got lost", () => {
  test("the same words are sent again and stored once", async () => {
    const { server, clock, room } = tab;
    server.loseAnswers = 1;
    room.post("once");
    room.post("twice");
    for (let ms = 0; ms < 2000; ms += 10) {
      expect(wordsOf(tab)).toEqual(["once", "twice"]);
      // oxlint-disable-next-line no-await-in-loop -- looked at all along
      await clock.pass(10);
    }
    expect(saidByAda()).toEqual(["once", "twice"]);
    const nonces = server.asked.flatMap((command) => (command.t === "message.post" ? [command.nonce] : []));
    expect(nonces).toHaveLength(3);
    expect(nonces[0]).toBe(nonces[1]);
    expect(messagesOf(tab).every(({ sending }) => sending.is === "sent")).toBe(true);
  });

  test("is asked for before the stream, so that the answer comes before what was missed", async () => {
    const { server, clock, room } = tab;
    server.loseAnswers = 1;
    room.post("once");
    await clock.pass(2000);
    const again = server.asked.map(({ t }) => t);
    expect(again.lastIndexOf("message.post")).toBeLessThan(again.lastIndexOf("stream.follow"));
  });

  test("may not be taken back before it is known whether it arrived", async () => {
    const { server, clock, room } = tab;
    server.loseAnswers = 1;
    room.post("perhaps");
    await clock.pass(8);
    server.reachable = false;
    await clock.pass(100);
    const { key, sending } = shown(tab, "perhaps");
    expect(sending).toEqual({ is: "waiting", sure: false });
    room.takeBack(key);
    room.discard(key);
    expect(wordsOf(tab)).toEqual(["perhaps"]);
  });

  test("unknown is asked again with the same nonce", async () => {
    const { server, clock, room } = tab;
    server.refuse("message.post", "unknown");
    room.post("odd");
    await clock.pass(3000);
    const nonces = server.asked.flatMap((command) => (command.t === "message.post" ? [command.nonce] : []));
    expect(nonces).toHaveLength(2);
    expect(new Set(nonces).size).toBe(1);
    expect(shown(tab, "odd").sending).toEqual({ is: "sent" });
  });
});

describe("a hole in what is heard", () => {
  test("is filled from where I stand", async () => {
    const { server, clock } = tab;
    server.house.say(BEN, "one");
    server.skipEvents = 1;
    server.house.say(BEN, "skipped");
    server.house.say(BEN, "three");
    await clock.pass(200);
    expect(wordsOf(tab)).toEqual(["one", "skipped", "three"]);
    expect(screenOf(tab).unread).toBe(3);
  });

  test("a numbering that has ended is begun anew with a snapshot", async () => {
    const { server, clock } = tab;
    server.house.say(BEN, "old life");
    await clock.pass(100);
    server.house.stream(`room:${ROOM}`).epoch = "e2";
    server.cut({ away: false });
    server.house.say(BEN, "new life");
    await clock.pass(1500);
    expect(wordsOf(tab)).toEqual(["old life", "new life"]);
    server.house.say(BEN, "goes on");
    await clock.pass(100);
    expect(wordsOf(tab)).toEqual(["old life", "new life", "goes on"]);
  });

  test("totals that were missed are asked for", async () => {
    const { server, clock } = tab;
    const { message } = server.house.say(BEN, "liked");
    await clock.pass(100);
    const tell = server.house.tallied;
    server.house.tallied = () => {};
    server.house.react(BEN, message, "heart", true);
    server.house.tallied = tell;
    server.house.react(BEN, message, "idea", true);
    await clock.pass(3000);
    expect(shown(tab, "liked").counts).toEqual({ heart: 1, idea: 1 });
    expect(server.requests.filter((line) => line.includes("tallies"))).toHaveLength(1);
  });

  test("totals that changed while the line was down are asked for", async () => {
    const { server, clock } = tab;
    const { message } = server.house.say(BEN, "liked");
    await clock.pass(100);
    server.cut();
    await clock.pass(10);
    server.house.react(BEN, message, "heart", true);
    server.mend();
    await clock.pass(6000);
    expect(shown(tab, "liked").counts).toEqual({ heart: 1 });
  });

  test("words removed while the line was down are gone", async () => {
    const { server, clock } = tab;
    const { message } = server.house.say(BEN, "regretted");
    await clock.pass(100);
    server.cut();
    await clock.pass(10);
    server.house.remove(message, "author");
    server.mend();
    await clock.pass(3000);
    expect(messagesOf(tab)[0]).toMatchObject({ text: null, removed: "author" });
    expect(screenOf(tab).unread).toBe(0);
  });
});

async function reload(): Promise<void> {
  tab.page.says("leaving");
  tab.app.close();
  tab = await openRoom({ clock: tab.clock, page: tab.page, server: tab.server });
}

describe("over a reload", () => {
  test("what waited is sent, in order, and once", async () => {
    tab.server.cut();
    await tab.clock.pass(10);
    for (const word of ["one", "two", "three"]) tab.room.post(word);
    tab.server.mend();
    // A browser's store keeps no order of its own.
    const kept = Object.keys(localStorage).map((key) => [key, localStorage.getItem(key) ?? ""] as const);
    localStorage.clear();
    for (const [key, value] of kept.toReversed()) localStorage.setItem(key, value);
    await reload();
    await tab.clock.pass(300);
    expect(saidByAda()).toEqual(["one", "two", "three"]);
    expect(wordsOf(tab)).toEqual(["one", "two", "three"]);
  });

  test("what was stored without my knowing is not stored again", async () => {
    tab.server.loseAnswers = 1;
    tab.room.post("once");
    await tab.clock.pass(8);
    await reload();
    await tab.clock.pass(300);
    expect(saidByAda()).toEqual(["once"]);
    expect(wordsOf(tab)).toEqual(["once"]);
  });

  test("what another window has sent or taken back is not sent by this one", async () => {
    const { clock, page, server } = tab;
    server.socketsAllowed = false;
    server.closeAll(1006);
    await clock.pass(10);
    for (const word of ["taken back", "sent"]) tab.room.post(word);
    const other = await openRoom({ clock, page, server });
    tab.room.takeBack(shown(tab, "taken back").key);
    server.socketsAllowed = true;
    await clock.pass(15_000);
    expect(saidByAda()).toEqual(["sent"]);
    expect(wordsOf(tab)).toEqual(["sent"]);
    other.app.close();
  });

  test("what was refused is still there, refused, and not sent by itself", async () => {
    tab.server.refuse("message.post", "muted");
    tab.room.post("kept");
    await tab.clock.pass(100);
    await reload();
    expect(shown(tab, "kept").sending).toMatchObject({ is: "refused", refusal: { code: "muted" } });
    tab.room.discard(shown(tab, "kept").key);
    await reload();
    expect(wordsOf(tab)).toEqual([]);
  });

  test("what waited since yesterday is asked about first", async () => {
    tab.server.cut();
    await tab.clock.pass(10);
    tab.room.post("from yesterday");
    tab.clock.jump(24 * 3600_000);
    tab.server.mend();
    await reload();
    expect(shown(tab, "from yesterday").sending).toEqual({ is: "kept" });
    expect(saidByAda()).toEqual([]);
    tab.room.retry(shown(tab, "from yesterday").key);
    await tab.clock.pass(200);
    expect(saidByAda()).toEqual(["from yesterday"]);
  });

  test("what waited for another room goes out although that room isn't open", async () => {
    tab.server.cut();
    await tab.clock.pass(10);
    tab.room.post("left behind");
    tab.server.mend();
    tab.app.close();
    const { clock, page, server } = tab;
    const other = await openTab({ clock, page, server });
    await clock.pass(500);
    expect(saidByAda()).toEqual(["left behind"]);
    other.app.close();
  });

  test("on a shared device nothing stays", async () => {
    tab.app.close();
    tab.server.shared_idle_s = 900;
    tab = await openRoom({ clock: tab.clock, page: tab.page, server: tab.server });
    tab.server.cut();
    await tab.clock.pass(10);
    tab.room.post("mine alone");
    tab.room.composer.write({ is: "new" }, "half a word");
    tab.page.says("hidden");
    await tab.clock.pass(1000);
    expect(Object.keys(localStorage)).toEqual([]);
  });
});
