import { afterEach, beforeEach, describe, expect, test } from "vitest";

import type { Happened, PersonId, StreamId } from "../contract.gen";
import { FakeClock, FakePage } from "./fakes/clock";
import { ADA, BEN, ROOM } from "./fakes/house";
import { FakeServer } from "./fakes/server";
import { Link, type StreamItem } from "./link";

const STREAM: StreamId = `room:${ROOM}`;

let clock: FakeClock;
let page: FakePage;
let server: FakeServer;
let link: Link;
let heard: StreamItem[];

beforeEach(() => {
  clock = new FakeClock();
  page = new FakePage();
  server = new FakeServer(clock);
  link = new Link({ clock, page, makeSocket: server.makeSocket, fetcher: server.fetcher });
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

describe("a network that forbids sockets", () => {
  beforeEach(() => {
    server.socketsAllowed = false;
  });

  test("is answered with polls after two tries", async () => {
    await live();
    await clock.pass(4000);
    expect(link.state.value).toEqual({ is: "live", by: "poll" });
    server.house.say(BEN, "1");
    await clock.pass(1000);
    server.house.say(BEN, "2");
    await clock.pass(1000);
    expect(numbers()).toEqual([1, 2]);
  });

  test("takes commands too, while a poll waits, and answers each once", async () => {
    await live();
    await clock.pass(5000);
    const answers: string[] = [];
    const nonce = "n".repeat(22);
    link.ask({ t: "message.post", room: ROOM, nonce, text: "hello" }, ({ t }) => void answers.push(t));
    await clock.pass(1000);
    expect(answers).toEqual(["receipt"]);
    expect(numbers()).toEqual([1]);
  });

  test("is tried with a socket again now and then", async () => {
    await live();
    await clock.pass(10_000);
    expect(link.state.value).toEqual({ is: "live", by: "poll" });
    server.socketsAllowed = true;
    await clock.pass(60_000);
    expect(link.state.value).toEqual({ is: "live", by: "socket" });
    server.house.say(BEN, "1");
    await clock.pass(100);
    expect(numbers()).toEqual([1]);
  });

  test("does not hide that nobody is signed in", async () => {
    server.person = null;
    await live();
    await clock.pass(5000);
    expect(link.state.value).toEqual({ is: "stopped", code: "signed_out" });
  });

  test("is not what a server is taken for that is away for a while", async () => {
    server.socketsAllowed = true;
    await live();
    server.cut();
    await clock.pass(60_000);
    server.mend();
    await clock.pass(12_000);
    expect(link.state.value.is).toBe("live");
    await clock.pass(60_000);
    expect(link.state.value).toEqual({ is: "live", by: "socket" });
  });
});
