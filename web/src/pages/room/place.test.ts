import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Place } from "./place";

// A window of 800 px over a page of rows whose tops, from the top of the page, the test sets.
let tops: Record<string, number>;
let page: number;
let at: number;
let list: HTMLElement;

beforeEach(() => {
  [tops, page, at] = [{ a: 0, b: 300, c: 600, d: 900 }, 1200, 0];
  list = document.createElement("ol");
  for (const key of Object.keys(tops)) {
    const row = document.createElement("li");
    row.dataset["key"] = key;
    row.getBoundingClientRect = (): DOMRect => new DOMRect(0, (tops[key] ?? 0) - at, 100, 300);
    list.append(row);
  }
  vi.spyOn(globalThis, "innerHeight", "get").mockReturnValue(800);
  vi.spyOn(globalThis, "scrollY", "get").mockImplementation(() => at);
  vi.spyOn(document.documentElement, "scrollHeight", "get").mockImplementation(() => page);
  vi.stubGlobal("scrollBy", ({ top }: { top: number }) => {
    at += top;
  });
  vi.stubGlobal("scrollTo", ({ top }: { top: number }) => {
    at = Math.min(top, page - 800);
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const grow = (px: number, from: string): void => {
  page += px;
  let moved = false;
  for (const key of Object.keys(tops)) {
    moved ||= key === from;
    if (moved) tops[key] = (tops[key] ?? 0) + px;
  }
};

describe("the reader's place", () => {
  const seen = (key: string): number => (tops[key] ?? 0) - at;

  it("stays when something comes before it", () => {
    const place = new Place(list, () => 60);
    at = 320;
    place.note();
    grow(500, "a");
    place.keep();
    expect(seen("b")).toBe(-20);
  });
  it("stays with the first message, and not with the line of its day that goes on ahead", () => {
    const place = new Place(list, () => 60);
    const day = list.querySelector<HTMLElement>("[data-key=a]");
    if (day !== null) day.dataset["line"] = "";
    place.note();
    grow(500, "b");
    place.keep();
    expect([seen("a"), seen("b")]).toEqual([-500, 300]);
  });
  it("stays when something comes after it", () => {
    const place = new Place(list, () => 60);
    at = 320;
    place.note();
    grow(500, "d");
    place.keep();
    expect(at).toBe(320);
  });
  it("stays where somebody scrolled to while it was being drawn", () => {
    const place = new Place(list, () => 60);
    at = 320;
    place.note();
    at = 350;
    grow(500, "a");
    place.keep();
    expect(seen("b")).toBe(-50);
  });
  it("is the end for whoever is there", () => {
    const place = new Place(list, () => 60);
    at = 400;
    place.note();
    expect(place.atEnd).toBe(true);
    page += 200;
    place.keep();
    expect(at).toBe(600);
  });
  it("is not carried along by something taller than can be seen", () => {
    const place = new Place(list, () => 60);
    at = 400;
    place.note();
    page += 2000;
    place.keep();
    expect([at, place.atEnd]).toEqual([400, false]);
  });
  it("is brought to a row, below the bar", () => {
    const place = new Place(list, () => 60);
    expect(place.show("c")).toBe(true);
    expect(seen("c")).toBe(60 + 740 / 4);
    expect(place.show("nothing")).toBe(false);
  });
  it("has seen what is in view to its end, above the place to write", () => {
    const place = new Place(list, () => 60);
    expect(place.lastSeen(150)).toBe("b");
  });
});
