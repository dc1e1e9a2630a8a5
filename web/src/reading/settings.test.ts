import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { language } from "../words";
import { applyReading, readingFrom, setReading, STORED_AS } from "./settings";

const EARLY = readFileSync("public/early.js", "utf8");
const page = document.documentElement;
const looks = (): readonly (string | null)[] =>
  ["data-text", "data-spacing", "data-theme"].map((name) => page.getAttribute(name));

afterEach(() => {
  localStorage.clear();
  setReading({ text: 0, spacing: "normal", theme: "device", enter: "device", calm: false, language: null });
  for (const name of ["data-text", "data-spacing", "data-theme"]) page.removeAttribute(name);
});

describe("what was kept", () => {
  it.each([
    null,
    "",
    "nonsense",
    "[]",
    "42",
    '{"text":9,"theme":"pink","spacing":1,"enter":{},"calm":"yes","language":"xx"}',
  ])("counts only as far as it makes sense: %s", (kept) => {
    expect(readingFrom(kept)).toEqual({
      text: 0,
      spacing: "normal",
      theme: "device",
      enter: "device",
      calm: false,
      language: null,
    });
  });
  it("is what was chosen", () => {
    setReading({ text: 2, theme: "dark", calm: true });
    expect(readingFrom(localStorage.getItem(STORED_AS))).toMatchObject({ text: 2, theme: "dark", calm: true });
  });
});

describe("the page", () => {
  it("takes the settings on, and drops them again", () => {
    const stop = applyReading();
    setReading({ text: 3, spacing: "wide", theme: "light" });
    expect(looks()).toEqual(["3", "wide", "light"]);
    setReading({ text: 0, spacing: "normal", theme: "device" });
    expect(looks()).toEqual([null, null, null]);
    stop();
  });
  it("says which language it is in, and which way it is read", () => {
    const stop = applyReading();
    setReading({ language: "pl" });
    expect(language.value).toBe("pl");
    expect([page.lang, page.dir]).toEqual(["pl", "ltr"]);
    stop();
  });
  it.each([
    { text: 1, spacing: "wide", theme: "dark" },
    { text: 3, spacing: "normal", theme: "light" },
    { text: 0, spacing: "normal", theme: "device" },
  ] as const)("looks the same before the first paint as after it: %o", (chosen) => {
    setReading(chosen);
    // The script of the page's head, run as the browser runs it.
    new Function(EARLY)();
    const early = looks();
    const stop = applyReading();
    expect(early).toEqual(looks());
    stop();
  });
});
