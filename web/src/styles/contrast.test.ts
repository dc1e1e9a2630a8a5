import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const tokens = readFileSync("src/styles/tokens.css", "utf8");

type Colours = ReadonlyMap<string, string>;

const block = (start: string): string => {
  const from = tokens.indexOf(start);
  expect(from, start).toBeGreaterThanOrEqual(0);
  return tokens.slice(tokens.indexOf("{", from) + 1, tokens.indexOf("}", from));
};

const coloursOf = (css: string): Colours =>
  new Map([...css.matchAll(/--([\w-]+):\s*(#[0-9A-Fa-f]{6});/g)].map((m) => [m[1] ?? "", m[2] ?? ""]));

const linesOf = (css: string): readonly string[] =>
  css
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

const LIGHT = coloursOf(block(":root {"));
const DEVICE_DARK = block(':root:not([data-theme="light"]) {');
const CHOSEN_DARK = block(':root[data-theme="dark"] {');
const DARK = new Map([...LIGHT, ...coloursOf(CHOSEN_DARK)]);

function luminance(hex: string): number {
  const part = (at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
}

function ratio(colours: Colours, a: string, b: string): number {
  const of = (name: string): number => {
    const value = colours.get(name);
    if (value === undefined) throw new Error(`no colour is named ${name}`);
    return luminance(value);
  };
  const [light, dark] = [of(a), of(b)].sort((x, y) => y - x);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

// What is put on what, and the least ratio that is good enough for it: 7 for body text, 4.5 for small words on a
// coloured ground, 3 for edges and marks.
const PAIRS: Readonly<Record<string, readonly string[]>> = {
  "7": [
    "ink on ground, paper, raised, sunk, primary-soft, ember-soft, good-soft, wait-soft, bad-soft, mark",
    "ink-soft on ground, paper, raised, sunk",
    "on-primary on primary, primary-hover",
    "primary on paper, ground",
    "primary-ink on primary-soft",
    "on-hearth on hearth",
    "on-hearth-soft on hearth",
    "ember-ink on paper",
    "good-ink on good-soft",
    "wait-ink on wait-soft",
    "bad-ink on bad-soft",
    "mark-ink on mark",
  ],
  "4.5": [
    "ink-quiet on ground, paper, raised, sunk, primary-soft",
    "primary on sunk",
    "lamp on hearth",
    "on-ember on ember, ember-hover",
    "ember on paper, ground",
    "ember-ink on ember-soft",
    "good on paper, ground",
    "wait on paper, ground",
    "bad on paper, ground",
    "on-bad on bad, bad-hover",
    "ink-soft on primary-soft, wait-soft, ember-soft",
    ...[1, 2, 3, 4, 5, 6].map((n) => `v${n}-ink on v${n}`),
  ],
  "3": [
    "line-strong on paper, ground, sunk",
    "focus on ground, paper, focus-halo",
    "data-1 on paper, ground",
    "data-2 on paper, ground",
    "data-3 on paper, ground",
    "ember on sunk",
    "primary on sunk",
  ],
};

const all = Object.entries(PAIRS).flatMap(([needs, lines]) =>
  lines.flatMap((line) => {
    const [over = "", under = ""] = line.split(" on ");
    return under.split(", ").map((ground) => ({ over, ground, needs: Number(needs) }));
  }),
);

describe("colours", () => {
  it("counts every pair that the look lists", () => {
    expect(all).toHaveLength(69);
  });
  it.each(all)("by day: $over on $ground is at least $needs", ({ over, ground, needs }) => {
    expect(ratio(LIGHT, over, ground)).toBeGreaterThanOrEqual(needs);
  });
  it.each(all)("by night: $over on $ground is at least $needs", ({ over, ground, needs }) => {
    expect(ratio(DARK, over, ground)).toBeGreaterThanOrEqual(needs);
  });
  it("are the same by night whether the device or the reader asked", () => {
    expect(linesOf(DEVICE_DARK)).toEqual(linesOf(CHOSEN_DARK));
    expect(linesOf(CHOSEN_DARK).length).toBeGreaterThan(40);
  });
});
