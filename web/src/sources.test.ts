import { describe, expect, it } from "vitest";

const sources = Object.entries(
  import.meta.glob<string>("./**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true }),
).filter(([name]) => !name.includes(".test.") && !name.includes("/testing/") && !name.includes("/fakes/"));

describe("what is shipped", () => {
  it("is looked at at all", () => {
    expect(sources.length).toBeGreaterThan(60);
  });
  it.each(sources)("%s makes no page out of text, and no style that the page's policy forbids", (_name, code) => {
    expect(code).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\bstyle=/);
    expect(code).not.toMatch(/\beval\(|new Function/);
  });
  it.each(sources)("%s loads nothing from elsewhere", (_name, code) => {
    const elsewhere = (code.match(/https?:\/\/[^\s"'`)]+/g) ?? []).filter((to) => to !== "http://www.w3.org/2000/svg");
    expect(elsewhere).toEqual([]);
  });
});

/** Where an import written in `from` leads: `./pages/x` and `../ui/y` as they are named here. */
function target(from: string, path: string): string | undefined {
  const { pathname } = new URL(path, `file:///${from}`);
  return sources
    .map(([name]) => name)
    .find((name) => [".ts", ".tsx", "/index.ts"].some((end) => `.${pathname}${end}` === name));
}

const imports = new Map(
  sources.map(([name, code]) => [
    name,
    [...code.matchAll(/from "(\.[^"]+)"/g)].map(([, path = ""]) => target(name, path)).filter((to) => to !== undefined),
  ]),
);

/** The way from a file back to itself, if there is one. */
function circle(start: string): readonly string[] | null {
  const ways = (imports.get(start) ?? []).map((to) => [start, to]);
  const seen = new Set<string>();
  for (let way = ways.pop(); way !== undefined; way = ways.pop()) {
    const at = way.at(-1) ?? start;
    if (at === start) return way;
    if (seen.has(at)) continue;
    seen.add(at);
    for (const next of imports.get(at) ?? []) ways.push([...way, next]);
  }
  return null;
}

describe("imports", () => {
  it("are found", () => {
    expect([...imports.values()].flat().length).toBeGreaterThan(200);
  });
  it("lead in one direction, types included", () => {
    expect(sources.map(([name]) => circle(name)).filter((way) => way !== null)).toEqual([]);
  });
});
