import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const FOLDER = "src/styles";
const sheets = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".css") && name !== "tokens.css")
  .map((name) => [name, readFileSync(`${FOLDER}/${name}`, "utf8")] as const);

const bare = (css: string): string => css.replace(/\/\*.*?\*\//gs, "");

describe("styles", () => {
  it("are all looked at", () => {
    expect(sheets.length).toBeGreaterThan(8);
  });
  it.each(sheets)("%s knows start and end, not left and right", (_name, css) => {
    const sided =
      /(?:^|[\s;{])(?:margin|padding|border|inset)?-?(?:left|right)(?:-[\w-]+)?\s*:|text-align:\s*(?:left|right)/m;
    expect(bare(css)).not.toMatch(sided);
  });
  it.each(sheets)("%s takes its colours by name", (name, css) => {
    // A camera reads dark squares on white, so the QR code's ground stays white by night.
    const colours = (bare(css).match(/#[0-9a-f]{3,8}\b/gi) ?? []).filter(
      (c) => !(name.endsWith("given.css") && c === "#fff"),
    );
    expect(colours).toEqual([]);
  });
});
