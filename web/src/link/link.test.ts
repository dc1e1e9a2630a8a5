import { afterEach, beforeEach, describe, expect, test } from "vitest";

import type { Happened, PersonId, StreamId } from "../contract.gen";
import type { Fetch } from "./api";
import { FakeClock, FakePage } from "./fakes/clock";
import { ADA, BEN, ROOM } from "./fakes/house";
import { FakeServer } from "./fakes/server";
import { Link, type StreamItem } from "./link";
import { step } from "./cursor";
import { pauseFor } from "./pause";
import type { MakeSocket } from "./socket";

const STREAM: StreamId = `room:${ROOM}`;

let clock: FakeClock;
let page: FakePage;
let server: FakeServer;
let link: Link;
let heard: StreamItem[];
let attempts: number[];

beforeEach(() => {
  clock = new FakeClock();
  page = new FakePage();
  server = new FakeServer(clock);
  attempts = [];
  const makeSocket: MakeSocket = (protocol, ears) => {
    attempts.push(clock.now());
    return server.makeSocket(protocol, ears);
  };
  const fetcher: Fetch = (path, init) => {
    if (path === "/live/poll") attempts.push(clock.now());
    return server.fetcher(path, init);
  };
  link = new Link({ clock, page, makeSocket, fetcher });
  heard = [];
});

afterEach(() => link.close());

async function live(person: PersonId = ADA): Promise<void> {
  link.start(person);
  link.follow(STREAM, { hear: (item) => void heard.push(item) });
  await clock.pass(100);
}

const numbers = (): readonly number[] =>
  heard.filter((item): item is Happened => item.t === "event").map(({ seq }) => seq);

describe("coming back", () => {
  test("happens after every close but those that say stay away", async () => {
    await live();
    for (const code of [1000, 1001, 1006, 1011, 4500, 4502, 4503, 4599]) {
      server.closeAll(code);
      // oxlint-disable-next-line no-await-in-loop -- one after another
      await clock.pass(1);
      expect(link.state.value.is).toBe("reconnecting");
      // oxlint-disable-next-line no-await-in-loop -- one after another
      await clock.pass(12_000);
      expect(link.state.value).toEqual({ is: "live", by: "socket" });
    }
  });

  test.each([
    [4400, "malformed"],
    [4401, "signed_out"],
    [4404, "not_found"],
    [4413, "malformed"],
    [4499, "malformed"],
  ] as const)("does not happen after %i, and the reason is offered", async (close, code) => {
    await live();
    server.closeAll(close);
    await clock.pass(60_000);
    expect(link.state.value).toEqual({ is: "stopped", code });
    expect(server.opened).toBe(1);
    link.reconnect();
    await clock.pass(100);
    expect(link.state.value).toEqual({ is: "live", by: "socket" });
  });

  test("after a command that was too much, that one is refused and the rest goes on", async () => {
    await live();
    let answer = "";
    link.ask({ t: "message.post", room: ROOM, nonce: "n".repeat(22), text: "x" }, (said) => {
      answer = said.t === "refusal" ? said.code : said.t;
    });
    link.again(STREAM, "resume");
    server.closeAll(4413);
    await clock.pass(100);
    expect(answer).toBe("malformed");
    link.reconnect();
    await clock.pass(100);
    server.house.say(BEN, "1");
    await clock.pass(100);
    expect(numbers()).toEqual([1]);
  });

  test("waits longer each time, between 0.3 and 10 seconds", async () => {
    await live();
    server.cut();
    attempts = [];
    await clock.pass(60_000);
    const pauses = attempts.slice(1).map((at, n) => at - (attempts[n] ?? 0));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(300);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(10_100);
    expect(pauses.length).toBeLessThan(30);
    expect(pauses.at(-1)).toBeGreaterThan(pauses[0] ?? 0);
  });

  test("is spread by chance, so that a thousand don't come in one second", () => {
    expect(pauseFor(0, 0)).toBe(300);
    expect(pauseFor(0, 1)).toBe(900);
    expect(pauseFor(3, 1)).toBe(7200);
    expect(pauseFor(99, 1)).toBe(10_000);
  });

  test("is tried at once when the network is back or the page is looked at", async () => {
    await live();
    clock.chance = 1;
    server.cut();
    await clock.pass(20_000);
    server.mend();
    page.says("online");
    await clock.pass(20);
    expect(link.state.value.is).toBe("live");
    server.cut();
    await clock.pass(20_000);
    server.mend();
    page.says("visible");
    await clock.pass(20);
    expect(link.state.value.is).toBe("live");
  });

  test("waits as long as a node that goes down has asked for", async () => {
    await live();
    server.send({ t: "moving", retry_ms: 7000 });
    await clock.pass(100);
    server.closeAll(4503);
    await clock.pass(6000);
    expect(link.state.value.is).toBe("reconnecting");
    await clock.pass(1000);
    expect(link.state.value.is).toBe("live");
  });

  test("happens by itself when such a node doesn't close the line", async () => {
    await live();
    server.send({ t: "moving", retry_ms: 2000 });
    await clock.pass(1900);
    expect(server.opened).toBe(1);
    await clock.pass(1500);
    expect(server.opened).toBe(2);
    expect(link.state.value.is).toBe("live");
  });

  test("brings every missed event once and in order", async () => {
    await live();
    server.house.say(BEN, "1");
    await clock.pass(100);
    server.cut();
    for (const word of ["2", "3", "4"]) server.house.say(BEN, word);
    server.mend();
    await clock.pass(2000);
    server.house.say(BEN, "5");
    await clock.pass(100);
    expect(numbers()).toEqual([1, 2, 3, 4, 5]);
  });
});

describe("what is sent twice or too early", () => {
  test("is heard once, in its turn", async () => {
    await live();
    const send = (seq: number): void =>
      server.send({ t: "event", stream: STREAM, seq, at_ms: 0, event: { t: "room.closed" } });
    server.house.add(STREAM, { t: "room.closed" });
    server.house.add(STREAM, { t: "room.reopened" });
    for (const seq of [1, 2, 2, 1, 4]) send(seq);
    await clock.pass(100);
    expect(numbers()).toEqual([1, 2]);
    expect(server.asked.filter(({ t }) => t === "stream.follow")).toHaveLength(2);
  });

  test("each step says what an event is to me", () => {
    const cursor = { epoch: "e", seq: 4 };
    expect(step(null, 1)).toEqual({ is: "gap" });
    expect(step(cursor, 4)).toEqual({ is: "known" });
    expect(step(cursor, 5)).toEqual({ is: "next", cursor: { epoch: "e", seq: 5 } });
    expect(step(cursor, 6)).toEqual({ is: "gap" });
  });
});

describe("a line that died without a word", () => {
  test("is noticed although nothing is asked", async () => {
    await live();
    server.silent = true;
    await clock.pass(38_000);
    expect(link.state.value.is).not.toBe("live");
    server.silent = false;
    await clock.pass(10_000);
    expect(link.state.value.is).toBe("live");
  });

  test("is noticed within some ten seconds when a question stays without answer", async () => {
    await live();
    server.silent = true;
    let answer = "";
    link.ask({ t: "place.mark", room: ROOM, seq: 0 }, ({ t }) => (answer = t));
    await clock.pass(12_500);
    expect(answer).toBe("lost");
    expect(link.state.value.is).not.toBe("live");
  });

  test("a quiet line that lives is left alone", async () => {
    await live();
    await clock.pass(600_000);
    expect(server.opened).toBe(1);
    expect(link.state.value.is).toBe("live");
  });

  test.each([true, false])("a phone that slept finds out soon (its clock ran: %s)", async (clockRuns) => {
    await live();
    server.silent = true;
    clock.sleep(3600_000, { clockRuns });
    server.silent = false;
    for (const line of server.sockets) line.close();
    await clock.pass(12_000);
    expect(link.state.value.is).toBe("live");
    expect(server.opened).toBe(2);
  });

  test("a date set forward or back by hand does no harm", async () => {
    await live();
    clock.jump(3600_000);
    await clock.pass(10_000);
    clock.jump(-7200_000);
    await clock.pass(60_000);
    expect(server.opened).toBe(1);
    expect(link.state.value.is).toBe("live");
  });
});

describe("who is greeted", () => {
  test("somebody else is told nothing and sent nothing", async () => {
    let other = 0;
    link.onOtherPerson = () => other++;
    server.person = BEN;
    link.onOpen(() => link.ask({ t: "place.mark", room: ROOM, seq: 1 }));
    await live(ADA);
    expect(other).toBe(1);
    expect(server.asked).toEqual([]);
    expect(link.state.value).toEqual({ is: "stopped", code: "signed_out" });
  });

  test("a newer contract is noted, and the line goes on", async () => {
    server.contract += 1;
    await live();
    expect(link.stale.value).toBe(true);
    expect(link.state.value.is).toBe("live");
  });

  test("the server's time is known from then on", async () => {
    clock.jump(-3600_000);
    const real = clock.wall() + 3600_000;
    server.hello = () => ({ t: "hello", contract: 1, person: ADA, now_ms: real, tab: "T" });
    await live();
    expect(Math.abs(link.now() - real)).toBeLessThan(200);
  });
});

describe("following", () => {
  test("that is refused ends, and is not asked for again", async () => {
    server.refuse("stream.follow", "not_found");
    await live();
    expect(heard).toEqual([{ t: "ended", stream: STREAM, code: "not_found" }]);
    server.cut({ away: false });
    await clock.pass(3000);
    expect(server.asked).toHaveLength(1);
  });

  test("that is refused for the moment is asked for again", async () => {
    server.refuse("stream.follow", "unavailable", { retry_ms: 1000, times: 3 });
    await live();
    await clock.pass(4000);
    expect(heard.map(({ t }) => t)).toEqual(["following"]);
  });

  test("a server that resumes and still leaves a hole is asked for a snapshot", async () => {
    await live();
    server.house.say(BEN, "1");
    await clock.pass(100);
    // Its ring is broken from number 2 on: it resumes, and what it sends is not the next.
    const stream = server.house.stream(STREAM);
    server.house.say(BEN, "2");
    server.house.say(BEN, "3");
    server.cut({ away: false });
    stream.events = stream.events.filter(({ seq }) => seq !== 2);
    await clock.pass(5000);
    expect(heard.findLast((item) => item.t === "following")).toMatchObject({ resumed: false });
    expect(link.state.value.is).toBe("live");
  });

  test("unfollowed means unheard", async () => {
    await live();
    const stop = link.follow(STREAM, { hear: (item) => void heard.push(item) });
    await clock.pass(100);
    stop();
    await clock.pass(100);
    heard = [];
    server.house.say(BEN, "1");
    await clock.pass(100);
    expect(heard).toEqual([]);
    expect(server.asked.at(-1)).toEqual({ t: "stream.unfollow", stream: STREAM });
  });
});
