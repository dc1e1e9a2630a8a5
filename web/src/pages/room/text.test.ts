import { describe, expect, it } from "vitest";
import { partsOf, safeAddress } from "./text";

const linksIn = (text: string): readonly string[] =>
  partsOf(text, []).flatMap((part) => (part.is === "link" ? [part.text] : []));

describe("links", () => {
  it.each([
    ["See https://example.org/a.", ["https://example.org/a"]],
    ["(https://example.org/a)", ["https://example.org/a"]],
    ["https://example.org/Bath_(city), they say", ["https://example.org/Bath_(city)"]],
    [
      "http://192.168.1.4:8000/x?y=1#z and https://example.org",
      ["http://192.168.1.4:8000/x?y=1#z", "https://example.org"],
    ],
    ["“https://example.org/q”", ["https://example.org/q"]],
    ["HTTPS://EXAMPLE.ORG/Up", ["HTTPS://EXAMPLE.ORG/Up"]],
  ])("are found in %s", (text, links) => {
    expect(linksIn(text)).toEqual(links);
  });
  it.each([
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "ftp://example.org",
    "//example.org/no-scheme",
    "www.example.org",
    "https://",
    "https://user:secret@example.org/",
  ])("are not made of %s", (text) => {
    expect(linksIn(text)).toEqual([]);
    expect(
      partsOf(text, [])
        .map((part) => part.text)
        .join(""),
    ).toBe(text);
  });
  it("never lead to another scheme than the web's", () => {
    for (const text of ["javascript:alert(1)", " https", "https:", "java\nscript:alert(1)"]) {
      expect(safeAddress(text)).toBeNull();
    }
  });
  it("lose none of the words around them", () => {
    const text = "One https://a.example/x, two http://b.example (three).\nFour";
    expect(
      partsOf(text, [])
        .map((part) => part.text)
        .join(""),
    ).toBe(text);
  });
});

describe("names", () => {
  it("are marked where they stand alone, the longest first", () => {
    const parts = partsOf("@Ann Marie and @Ann, not @Annabel or a@Ann.org", [
      { name: "Ann", me: false },
      { name: "Ann Marie", me: true },
    ]);
    expect(parts.filter((part) => part.is === "name")).toEqual([
      { is: "name", text: "@Ann Marie", me: true },
      { is: "name", text: "@Ann", me: false },
      { is: "name", text: "@Ann", me: false },
    ]);
  });
  it("may hold anything that a pattern would read otherwise", () => {
    expect(partsOf("@J. (Jo)? hello", [{ name: "J. (Jo)?", me: false }])[0]).toEqual({
      is: "name",
      text: "@J. (Jo)?",
      me: false,
    });
  });
});
