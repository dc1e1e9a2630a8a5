import { describe, expect, it } from "vitest";
import { askedFor, enterSends, sends, withName, type Key } from "./keys";

const key = (change: Partial<Key> = {}): Key => ({
  key: "Enter",
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  isComposing: false,
  ...change,
});

describe("Enter", () => {
  it("sends with a keyboard and makes a line on a phone, unless somebody chose", () => {
    expect(enterSends("device", false)).toBe(true);
    expect(enterSends("device", true)).toBe(false);
    expect(enterSends("send", true)).toBe(true);
    expect(enterSends("line", false)).toBe(false);
  });
  it("with Shift always makes a line", () => {
    expect(sends(key({ shiftKey: true }), true)).toBe(false);
  });
  it("with Control or Command always sends", () => {
    expect(sends(key({ ctrlKey: true }), false)).toBe(true);
    expect(sends(key({ metaKey: true }), false)).toBe(true);
  });
  it("ends a word that is being composed, and nothing else", () => {
    expect(sends(key({ isComposing: true }), true)).toBe(false);
    expect(sends(key({ isComposing: true, ctrlKey: true }), true)).toBe(false);
  });
  it("is the only key that sends", () => {
    expect(sends(key({ key: "a", ctrlKey: true }), true)).toBe(false);
  });
});

describe("an @", () => {
  it.each([
    ["Hello @do", 9, { at: 6, query: "do" }],
    ["@Bilal’s m", 10, { at: 0, query: "Bilal’s m" }],
    ["(@wr", 4, { at: 1, query: "wr" }],
    ["Hello @", 7, { at: 6, query: "" }],
    ["@Łuk", 4, { at: 0, query: "Łuk" }],
  ])("asks for people in %s", (text, caret, asked) => {
    expect(askedFor(text, caret)).toEqual(asked);
  });
  it.each([
    ["me@example.org", 14],
    ["@Dorothy said that", 18],
    ["no sign", 7],
  ])("asks for nobody in %s", (text, caret) => {
    expect(askedFor(text, caret)).toBeNull();
  });
  it("becomes the name, with the caret behind it", () => {
    expect(withName("Hi @do there", { at: 3, query: "do" }, 6, "Dorothy")).toEqual({
      text: "Hi @Dorothy there",
      caret: 12,
    });
  });
});
