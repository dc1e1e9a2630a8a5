import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { language } from "./index";
import { dayTitle, exactly, fromNow, time } from "./when";

// 12 noon local time on 11 June 2026, wherever the test runs.
const NOON = new Date(2026, 5, 11, 12).getTime();
const HOUR = 3_600_000;

beforeEach(() => vi.spyOn(navigator, "languages", "get").mockReturnValue(["en-GB"]));
afterEach(() => {
  language.value = "en";
  vi.restoreAllMocks();
});

describe("times", () => {
  it("are said as people here say them", () => {
    expect(time(NOON + 7.25 * HOUR)).toBe("7:15 pm");
  });
  it("name the zone where somebody has to keep them", () => {
    expect(exactly(NOON)).toMatch(/^Thursday 11 June, 12:00 pm \(.+\)$/);
  });
  it("are in the reader's language", () => {
    language.value = "pl";
    expect(time(NOON + 7.25 * HOUR)).toBe("19:15");
  });
});

describe("days", () => {
  it("are today, yesterday, or their name", () => {
    expect(dayTitle(NOON - 11 * HOUR, NOON)).toBe("Today");
    expect(dayTitle(NOON - 13 * HOUR, NOON)).toBe("Yesterday");
    expect(dayTitle(NOON - 72 * HOUR, NOON)).toBe("Monday 8 June");
    expect(dayTitle(NOON - 400 * 24 * HOUR, NOON)).toBe("7 May 2025");
  });
  it("are so far away", () => {
    expect(fromNow(NOON - 9 * 24 * HOUR, NOON)).toBe("last week");
    expect(fromNow(NOON - 3 * HOUR, NOON)).toBe("3 hours ago");
    expect(fromNow(NOON - 1000, NOON)).toBe("just now");
  });
});
