import { describe, expect, it } from "vitest";
import type { Row, Shown } from "../../state";
import { ids, NOW_MS, row, shown } from "../../testing/people";
import { calmed } from "./calm";

const NOTHING: ReadonlySet<string> = new Set();
const day: Row = { is: "day", key: "day", at_ms: NOW_MS };
const host = { person: ids("ruth"), name: "Ruth", role: "host" } as const;
const lines = (rows: readonly Row[], opened = NOTHING): readonly string[] =>
  calmed(rows, opened).map((one) =>
    one.is === "message" ? (one.message.text ?? "removed") : one.is === "others" ? `+${one.messages.length}` : one.is,
  );
const others = (count: number): readonly Row[] => Array.from({ length: count }, (_, i) => row(shown(`other ${i}`)));

describe("the calm view", () => {
  it.each<[string, Partial<Shown>]>([
    ["of the team", { author: host }],
    ["of mine", { own: true }],
    ["that names me", { mentionsMe: true }],
    ["that many have marked", { counts: { heart: 2, idea: 1 } }],
    ["that many have answered", { replies: [shown("a"), shown("b"), shown("c")] }],
    ["that some have marked and one has answered", { counts: { heart: 2 }, replies: [shown("a")] }],
    ["that the team has answered", { replies: [shown("a", { author: host })] }],
    ["under which somebody named me", { replies: [shown("a", { mentionsMe: true })] }],
  ])("shows what is %s by itself", (_, change) => {
    expect(lines([...others(2), row(shown("this", change)), ...others(1)])).toEqual(["+2", "this", "+1"]);
  });
  it.each<[string, Partial<Shown>]>([
    ["a member", { author: { ...host, role: null } }],
    ["a member whom two have heard", { counts: { heart: 2 } }],
    ["a member, by themselves and by one more", { replies: [shown("a")], counts: { heart: 1 } }],
    [
      "a member, to whom answers were taken back",
      { replies: ["a", "b", "c"].map((text) => shown(text, { text: null })) },
    ],
    ["somebody of the team who took it back", { author: host, text: null, replies: [shown("a")] }],
  ])("puts into one line what was said by %s", (_, change) => {
    expect(lines([row(shown("this", change)), ...others(1)])).toEqual(["+2"]);
  });
  it("keeps days and the place where the new begins", () => {
    const line: Row = { is: "new", key: "new", count: 2 };
    expect(lines([day, ...others(3), line, ...others(2)])).toEqual(["day", "+3", "new", "+2"]);
  });
  it("leaves out what was removed, which has no words to wait for", () => {
    expect(lines([row(shown("gone", { text: null, removed: "author" })), ...others(1)])).toEqual(["+1"]);
  });
  it("opens what was asked for, also by one of the answers to it, and names who goes on", () => {
    const answer = shown("an answer");
    const rows = [...others(1), row(shown("asked", { replies: [answer] }), false), ...others(1)];
    expect(lines(rows, new Set([answer.key]))).toEqual(["+1", "asked", "+1"]);
    expect(calmed(rows, new Set([answer.key]))[1]).toMatchObject({ first: true });
  });
  it("puts no more into a line than can be read when it is opened", () => {
    expect(lines(others(45))).toEqual(["+20", "+20", "+5"]);
  });
  it("gives the same row for the same message, which is then not drawn anew", () => {
    const rows = [...others(1), row(shown("mine", { own: true }), false)];
    expect(calmed(rows, NOTHING)[1]).toBe(calmed(rows, NOTHING)[1]);
  });
});
