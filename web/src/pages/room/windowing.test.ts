import { describe, expect, it } from "vitest";
import { DRAWN, followed, Heights, rangeAround, rangeAtEnd, WHOLE } from "./windowing";

const keyAt = (i: number): string => `k${i}`;

describe("what is drawn of a long room", () => {
  it("is all of a short one", () => {
    expect(rangeAround(3, WHOLE)).toEqual({ from: 0, to: WHOLE });
  });
  it("is never more than a bounded number of rows", () => {
    for (const at of [0, 1, 59, 60, 5000, 9998, 9999]) {
      const { from, to } = rangeAround(at, 10_000);
      expect(to - from).toBe(DRAWN);
      expect(at).toBeGreaterThanOrEqual(from);
      expect(at).toBeLessThan(to);
    }
  });
  it("ends with the last row for whoever is at the end", () => {
    expect(rangeAtEnd(10_000)).toEqual({ from: 10_000 - DRAWN, to: 10_000 });
  });
  it("stays with the same rows when others come before them", () => {
    const before = rangeAround(500, 1000);
    const shifted = (i: number): string => (i < 50 ? `new${i}` : keyAt(i - 50));
    const mark = { key: keyAt(before.from), at: before.from };
    expect(followed(before, mark, shifted, 1050)).toEqual({ from: before.from + 50, to: before.to + 50 });
  });
  it("stays with the same messages when the line of their day goes on to earlier ones", () => {
    const shifted = (i: number): string => (i === 0 ? keyAt(0) : i <= 50 ? `new${i}` : keyAt(i - 50));
    expect(followed(rangeAround(0, 300), { key: keyAt(1), at: 1 }, shifted, 350)).toEqual({ from: 50, to: 50 + DRAWN });
  });
  it("goes to the end when its rows are gone", () => {
    expect(followed({ from: 5, to: 125 }, { key: "gone", at: 5 }, keyAt, 1000)).toEqual(rangeAtEnd(1000));
  });
});

describe("heights", () => {
  it("are what was measured, and otherwise what is typical", () => {
    const heights = new Heights();
    heights.note("k0", 100);
    heights.note("k1", 300);
    expect(heights.of("k0")).toBe(100);
    expect(heights.of("k9")).toBe(200);
    expect(heights.between(0, 3, keyAt)).toBe(600);
  });
  it("forget what a row was before", () => {
    const heights = new Heights();
    heights.note("k0", 100);
    heights.note("k0", 50);
    expect(heights.typical).toBe(50);
  });
  it("say which row lies where", () => {
    const heights = new Heights();
    for (let i = 0; i < 10; i++) heights.note(keyAt(i), 100);
    expect(heights.rowAt(0, 10, keyAt)).toBe(0);
    expect(heights.rowAt(250, 10, keyAt)).toBe(2);
    expect(heights.rowAt(99_999, 10, keyAt)).toBe(9);
  });
});
