import { describe, expect, it } from "vitest";
import { row, screenOf, shown } from "../../testing/people";
import { newAtEnd, rowOf, saidSince, seqOf } from "./fresh";
import { Pace } from "./pace";

describe("what is new", () => {
  const old = shown("old", { seq: 1 });
  const reply = shown("a reply", { seq: 5, by: "Kwame" });
  const parent = shown("older, with a new reply", { seq: 2, replies: [reply] });
  const mine = shown("mine", { seq: 6, own: true });
  const gone = shown("", { seq: 7, text: null, removed: "team" });
  const last = shown("last", { seq: 8 });
  const rows = [old, parent, mine, gone, last].map((message) => row(message));

  it("is what others said, answers too, and neither mine nor what was removed", () => {
    expect(saidSince(screenOf(rows), 2).map((one) => one.text)).toEqual(["a reply", "last"]);
  });
  it("is counted from the end of the list", () => {
    expect(newAtEnd(rows, 2)).toBe(1);
    expect(newAtEnd(rows, 8)).toBe(0);
  });
  it("is found by the message or by the answer under it", () => {
    expect(rowOf(rows, reply.key)?.key).toBe(parent.key);
    expect(rowOf(rows, "nothing")).toBeUndefined();
  });
  it("has been seen with its answers when its row has", () => {
    expect(seqOf(rows, parent.key)).toBe(5);
    expect(seqOf(rows, null)).toBeNull();
    expect(seqOf([{ is: "others", key: "others", messages: [old, parent] }], "others")).toBe(5);
  });
});

describe("the pace", () => {
  it("is a reader's with a message now and then", () => {
    const pace = new Pace();
    for (let at = 0; at < 60_000; at += 1000) {
      pace.arrive(1, at);
      expect(pace.tooFast(at)).toBe(false);
    }
  });
  it("is too fast with many at once, and calms down", () => {
    const pace = new Pace();
    pace.arrive(30, 1000);
    expect(pace.tooFast(1000)).toBe(true);
    expect(pace.tooFast(3500)).toBe(false);
  });
});
