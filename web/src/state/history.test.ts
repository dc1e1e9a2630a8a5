import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { ADA, BEN } from "../link/fakes/house";
import { messagesOf, openRoom, screenOf, shown, wordsOf, type InRoom } from "./fakes/tab";

let tab: InRoom;

beforeEach(async () => {
  localStorage.clear();
  tab = await openRoom();
  tab.leave();
  for (let n = 1; n <= 230; n++) tab.server.house.say(BEN, `${n}`);
  tab.room.enter();
  await tab.clock.pass(100);
});

afterEach(() => tab.app.close());

const span = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, n) => `${from + n}`);
const idOf = (text: string): string =>
  [...tab.server.house.messages.values()].find(({ view }) => view.text === text)?.view.message ?? "";

describe("going back", () => {
  test("brings page after page until the beginning", async () => {
    expect(wordsOf(tab)).toEqual(span(181, 230));
    expect(screenOf(tab).earlier).toEqual({ is: "more" });
    const going = tab.room.loadEarlier();
    await tab.clock.pass(20);
    await going;
    for (let pages = 0; pages < 3; pages++) {
      // oxlint-disable-next-line no-await-in-loop -- page after page
      await tab.room.loadEarlier();
    }
    await tab.clock.pass(20);
    expect(wordsOf(tab)).toEqual(span(1, 230));
    expect(screenOf(tab).earlier).toEqual({ is: "end" });
    expect(screenOf(tab).atLive).toBe(true);
  });

  test("says that it loads, and when it could not", async () => {
    const go = tab.server.holdRest();
    const going = tab.room.loadEarlier();
    await tab.clock.pass(20);
    expect(screenOf(tab).earlier).toEqual({ is: "loading" });
    go();
    await going;
    tab.server.reachable = false;
    const failing = tab.room.loadEarlier();
    await tab.clock.pass(3000);
    await failing;
    await tab.clock.pass(20);
    expect(screenOf(tab).earlier).toEqual({ is: "failed", refusal: null });
    tab.server.reachable = true;
    await tab.room.loadEarlier();
    await tab.clock.pass(20);
    expect(wordsOf(tab)).toEqual(span(81, 230));
  });
});

describe("a page further back", () => {
  test("knows which signs are mine there, and which words without a name", async () => {
    tab.leave();
    const hidden = tab.server.house.say(ADA, "too shy", { hidden: true }).message;
    tab.server.house.react(ADA, idOf("50"), "heart", true);
    for (let n = 231; n <= 300; n++) tab.server.house.say(BEN, `${n}`);
    tab.room.enter();
    await tab.clock.pass(100);
    await tab.room.loadAround(idOf("50"));
    await tab.clock.pass(20);
    expect(messagesOf(tab).find(({ text }) => text === "50")?.mine).toEqual(["heart"]);
    await tab.room.loadAround(hidden);
    await tab.clock.pass(20);
    expect(messagesOf(tab).find(({ text }) => text === "too shy")?.own).toBe(true);
  });

  test("is shown around a message, and returns to what is live", async () => {
    expect(await tab.room.loadAround(idOf("50"))).toBe("there");
    await tab.clock.pass(20);
    expect(screenOf(tab).atLive).toBe(false);
    expect(wordsOf(tab)).toEqual(span(25, 74));
    tab.server.house.say(BEN, "live goes on");
    await tab.clock.pass(100);
    expect(wordsOf(tab)).toEqual(span(25, 74));
    expect(screenOf(tab)).toMatchObject({ newBelow: 1, later: { is: "more" } });
    tab.room.toLive();
    await tab.clock.pass(20);
    expect(wordsOf(tab)).toEqual([...span(181, 230), "live goes on"]);
    expect(screenOf(tab).atLive).toBe(true);
  });

  test("becomes one with what is live when it has reached it", async () => {
    await tab.room.loadAround(idOf("150"));
    for (let pages = 0; pages < 2; pages++) {
      // oxlint-disable-next-line no-await-in-loop -- page after page
      await tab.room.loadLater();
    }
    await tab.clock.pass(20);
    expect(screenOf(tab)).toMatchObject({ atLive: true, earlier: { is: "more" }, later: { is: "end" } });
    expect(wordsOf(tab)).toEqual(span(125, 230));
  });

  test("that isn't there says so, and one that is on the screen needs no page", async () => {
    const asked = tab.server.requests.length;
    expect(await tab.room.loadAround(idOf("200"))).toBe("there");
    expect(tab.server.requests).toHaveLength(asked);
    expect(await tab.room.loadAround("NOSUCH")).toBe("not_found");
    expect(screenOf(tab).atLive).toBe(true);
  });

  test("takes what I say back to the end", async () => {
    await tab.room.loadAround(idOf("50"));
    tab.room.post("here I am");
    expect(wordsOf(tab).at(-1)).toBe("here I am");
    expect(screenOf(tab).atLive).toBe(true);
  });

  test("is loaded again when its numbering has ended meanwhile", async () => {
    await tab.room.loadAround(idOf("50"));
    await tab.clock.pass(20);
    tab.server.house.stream(`room:${screenOf(tab).room.room}`).epoch = "e2";
    tab.server.house.remove(idOf("51"), "team");
    tab.server.cut({ away: false });
    await tab.clock.pass(2000);
    expect(screenOf(tab).atLive).toBe(false);
    expect(wordsOf(tab)).not.toContain("51");
    expect(wordsOf(tab)).toContain("50");
  });
});

describe("what happens while a page is under way", () => {
  test("removed and edited words are not brought back by it", async () => {
    const { server, clock, room } = tab;
    const page = server.house.page.bind(server.house);
    const old = page({ around: idOf("50") });
    const go = server.holdRest();
    const coming = room.loadAround(idOf("50"));
    server.house.remove(idOf("49"), "author");
    server.house.edit(idOf("51"), "51 again");
    await clock.pass(100);
    server.house.page = () => old;
    go();
    await coming;
    await clock.pass(20);
    expect(wordsOf(tab)).toContain("51 again");
    expect(JSON.stringify(messagesOf(tab))).not.toMatch(/"text":"(49|51)"/);
  });

  test("totals that changed are asked for again", async () => {
    const { server, clock, room } = tab;
    const old = server.house.page({ around: idOf("50") });
    const go = server.holdRest();
    const coming = room.loadAround(idOf("50"));
    server.house.react(BEN, idOf("50"), "heart", true);
    await clock.pass(100);
    server.house.page = () => old;
    go();
    await coming;
    await clock.pass(3000);
    expect(shown(tab, "50").counts).toEqual({ heart: 1 });
  });

  test("a page that comes when I have gone back to the end is dropped", async () => {
    await tab.room.loadAround(idOf("50"));
    const go = tab.server.holdRest();
    const coming = tab.room.loadEarlier();
    await tab.clock.pass(20);
    tab.room.toLive();
    go();
    await coming;
    await tab.clock.pass(20);
    expect(wordsOf(tab)).toEqual(span(181, 230));
    expect(screenOf(tab).earlier).toEqual({ is: "more" });
  });

  test("an answer heard meanwhile is under its message once", async () => {
    const { server, clock, room } = tab;
    server.house.say(BEN, "an answer", { replyTo: idOf("50") });
    await clock.pass(100);
    expect(screenOf(tab).elsewhere).toMatchObject([{ count: 1 }]);
    await room.loadAround(idOf("50"));
    await clock.pass(20);
    expect(shown(tab, "50").replies.map(({ text }) => text)).toEqual(["an answer"]);
    expect(screenOf(tab).elsewhere).toEqual([]);
  });
});

describe("what is kept in memory", () => {
  test("at the end of a lively room is bounded, and the rest can be loaded again without a hole", async () => {
    for (let n = 231; n <= 1200; n++) tab.server.house.say(BEN, `${n}`);
    await tab.clock.pass(200);
    const words = wordsOf(tab);
    expect(words.length).toBeLessThanOrEqual(700);
    expect(words.at(-1)).toBe("1200");
    expect(screenOf(tab).earlier).toEqual({ is: "more" });
    await tab.room.loadEarlier();
    await tab.room.loadEarlier();
    await tab.clock.pass(20);
    const longer = wordsOf(tab);
    expect(longer.length).toBeGreaterThan(words.length);
    expect(longer).toEqual(span(1200 - longer.length + 1, 1200));
  });

  test("never takes away what is being read", async () => {
    tab.room.atEnd(false);
    for (let n = 231; n <= 3500; n++) tab.server.house.say(BEN, `${n}`);
    await tab.clock.pass(500);
    const words = wordsOf(tab);
    expect(words).toContain("230");
    expect(words).toContain("190");
    expect(words.length).toBeLessThanOrEqual(2000);
    expect(screenOf(tab)).toMatchObject({ atLive: false, later: { is: "more" } });
    expect(screenOf(tab).newBelow).toBeGreaterThan(500);
    await tab.room.loadLater();
    await tab.clock.pass(20);
    expect(wordsOf(tab)).toEqual(span(Number(wordsOf(tab)[0]), Number(wordsOf(tab).at(-1))));
    tab.room.toLive();
    await tab.clock.pass(20);
    expect(wordsOf(tab).at(-1)).toBe("3500");
  });

  test("a message let through later far back comes with its page only", async () => {
    tab.server.house.say(BEN, "late", { after: 10 });
    await tab.clock.pass(100);
    expect(wordsOf(tab)).not.toContain("late");
    await tab.room.loadAround(idOf("10"));
    await tab.clock.pass(20);
    expect(wordsOf(tab).slice(8, 13)).toEqual(["9", "10", "late", "11", "12"]);
  });
});

test("my signs further back are still mine after the line was lost", async () => {
  const { server, clock, room } = tab;
  await room.loadAround(idOf("50"));
  room.react(idOf("50"), "idea", true);
  await clock.pass(1000);
  server.cut({ away: false });
  await clock.pass(3000);
  expect(room.state.value).toEqual({ is: "open", upToDate: true });
  expect(shown(tab, "50")).toMatchObject({ mine: ["idea"], counts: { idea: 1 } });
});
