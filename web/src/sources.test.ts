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
