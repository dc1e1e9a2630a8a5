import { beforeEach, describe, expect, test } from "vitest";

import { openApi, Refused, Unreachable, type Api } from "./api";
import { FakeClock } from "./fakes/clock";
import { reply } from "./fakes/server";

let clock: FakeClock;
let sent: { path: string; init: RequestInit }[];
let answers: (() => Promise<Response>)[];
let api: Api;

beforeEach(() => {
  clock = new FakeClock();
  sent = [];
  answers = [];
  const fetcher = (path: string, init: RequestInit): Promise<Response> => {
    sent.push({ path, init });
    return (answers.shift() ?? (async () => reply(200, { done: true })))();
  };
  api = openApi({ fetcher, clock });
});

const fails = (): Promise<Response> => Promise.reject(new TypeError("no network"));

describe("a request", () => {
  test("fills the path and the query, and says that it is ours when it changes something", async () => {
    await api("messages", { params: { room: "R/1" }, query: { before: "a b" } });
    await api("set_role", { params: { slug: "here", person: "P" }, body: { role: "host", held: true } });
    expect(sent[0]?.path).toBe("/api/rooms/R%2F1/messages?before=a%20b");
    expect(sent[0]?.init.headers).not.toHaveProperty("X-Hearth");
    expect(sent[1]).toMatchObject({ path: "/api/communities/here/members/P/role", init: { method: "PUT" } });
    expect(sent[1]?.init.headers).toMatchObject({ "X-Hearth": "1", "Content-Type": "application/json" });
    expect(sent[1]?.init.body).toBe('{"role":"host","held":true}');
  });

  test("that is refused throws the code and what its words need", async () => {
    answers = [async () => reply(409, { code: "name_taken", params: { name: "Ada" }, retry_ms: 5 })];
    const refused = api("change_me", { params: { slug: "here" }, body: { name: "Ada" } });
    await expect(refused).rejects.toBeInstanceOf(Refused);
    await expect(refused).rejects.toMatchObject({ code: "name_taken", params: { name: "Ada" }, retry_ms: 5 });
  });

  test.each([
    [401, "signed_out"],
    [404, "not_found"],
    [429, "too_fast"],
    [400, "malformed"],
  ] as const)("answered %i by somebody in between is %s", async (status, code) => {
    answers = [async () => reply(status, "<html>")];
    await expect(api("sign_out")).rejects.toMatchObject({ code });
  });

  test("answered by a proxy for a server that isn't there is unreachable", async () => {
    answers = [async () => reply(502, "<html>")];
    await expect(api("sign_out")).rejects.toBeInstanceOf(Unreachable);
  });

  test("that only asks is tried three times; one that changes something once", async () => {
    answers = [fails, fails];
    const asking = api("me");
    await clock.pass(3000);
    expect(await asking).toEqual({ done: true });
    answers = [fails];
    await expect(api("sign_out")).rejects.toBeInstanceOf(Unreachable);
    expect(sent).toHaveLength(4);
  });

  test("without an answer ends after ten seconds", async () => {
    answers = [
      () => new Promise((_, fail) => sent[0]?.init.signal?.addEventListener("abort", () => fail(new Error("aborted")))),
    ];
    let ended: unknown = null;
    const asking = api("sign_out").catch((failure: unknown) => (ended = failure));
    await clock.pass(9900);
    expect(ended).toBeNull();
    await clock.pass(200);
    await asking;
    expect(ended).toBeInstanceOf(Unreachable);
  });
});
