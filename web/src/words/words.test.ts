import { describe, expect, it } from "vitest";
import { CODES } from "../contract.gen";
import { counting } from "./counting";
import { en } from "./en";
import { chosenFrom, localeFor, pieces } from "./index";
import { audit as auditEn } from "./audit.en";
import { audit as auditPl } from "./audit.pl";
import { back as backEn } from "./back.en";
import { back as backPl } from "./back.pl";
import { organisation as organisationEn } from "./organisation.en";
import { organisation as organisationPl } from "./organisation.pl";
import { keep as keepEn } from "./keep.en";
import { keep as keepPl } from "./keep.pl";
import { pages as pagesEn } from "./pages.en";
import { pages as pagesPl } from "./pages.pl";
import { pl } from "./pl";
import { reach as reachEn } from "./reach.en";
import { reach as reachPl } from "./reach.pl";
import { setup as setupEn } from "./setup.en";
import { setup as setupPl } from "./setup.pl";

/** Every text of a catalogue by its path, functions as they are. */
function texts(words: object, path = ""): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [key, value] of Object.entries(words) as [string, unknown][]) {
    const here = `${path}.${key}`;
    if (typeof value === "object" && value !== null) {
      for (const [inner, text] of texts(value, here)) found.set(inner, text);
    } else found.set(here, value);
  }
  return found;
}

const CATALOGUES = [
  { name: "the room and the shell", english: en, polish: pl },
  { name: "pages", english: pagesEn, polish: pagesPl },
  { name: "the way back", english: backEn, polish: backPl },
  { name: "what was done", english: auditEn, polish: auditPl },
  { name: "an organisation's sign-in", english: organisationEn, polish: organisationPl },
  { name: "keepers' pages", english: keepEn, polish: keepPl },
  { name: "being reached", english: reachEn, polish: reachPl },
  { name: "setting up", english: setupEn, polish: setupPl },
];

describe("refusals", () => {
  it("are counted at all", () => {
    expect(CODES.length).toBeGreaterThan(30);
  });
  it.each(CODES)("%s has words in each language, also without parameters", (code) => {
    for (const words of [en, pl]) {
      const said = words.refusals[code]({});
      expect(said.length).toBeGreaterThan(10);
      expect(said).not.toMatch(/undefined|NaN|_/);
    }
  });
  it("say by how much a text is too long", () => {
    expect(en.refusals.too_long({ over: 1 })).toContain("1 letter.");
    expect(en.refusals.too_long({ over: 12 })).toContain("12 letters.");
    expect(en.refusals.too_long({ limit: 4000 })).toContain("4,000");
  });
});

describe.each(CATALOGUES)("the catalogue of $name", ({ english, polish }) => {
  it("says the same things in both languages", () => {
    expect([...texts(polish).keys()].sort()).toEqual([...texts(english).keys()].sort());
  });
  it("has a text, or something that makes one, everywhere", () => {
    for (const words of [english, polish]) {
      for (const [path, text] of texts(words)) {
        expect(typeof text === "function" || (typeof text === "string" && text.trim() !== ""), path).toBe(true);
      }
    }
  });
  it("puts the same things into both languages' sentences", () => {
    const places = (text: unknown): readonly string[] =>
      typeof text === "string" ? (text.match(/\{\w+\}/g) ?? []).sort() : [];
    const there = texts(polish);
    for (const [path, text] of texts(english)) expect(places(there.get(path)), path).toEqual(places(text));
  });
  it("shouts at nobody", () => {
    const said = [...texts(english)].filter(([, text]) => typeof text === "string");
    for (const [path, text] of said) expect(text, path).not.toMatch(/!|Oops|Awesome/);
  });
});

describe("counting", () => {
  it.each([
    [0, "0 new messages"],
    [1, "1 new message"],
    [2, "2 new messages"],
    [1200, "1,200 new messages"],
  ])("%i in English", (n, said) => {
    expect(en.room.newMessages(n)).toBe(said);
  });
  it.each([
    [1, "1 nowa wiadomość"],
    [2, "2 nowe wiadomości"],
    [5, "5 nowych wiadomości"],
    [12, "12 nowych wiadomości"],
    [22, "22 nowe wiadomości"],
  ])("%i in Polish", (n, said) => {
    expect(pl.room.newMessages(n)).toBe(said);
  });
  it("takes the form that Arabic has for two", () => {
    const { many } = counting("ar");
    expect(many(2, { two: "رسالتان", other: "رسالة" })).toBe("رسالتان");
  });
  it("names three writers and counts the rest", () => {
    expect(en.room.writing(["Joan"], 0)).toBe("Joan is writing …");
    expect(en.room.writing(["Joan", "Tess", "Owen"], 0)).toBe("Joan, Tess and Owen are writing …");
    expect(en.room.writing(["Joan", "Tess", "Owen"], 2)).toBe("Joan, Tess, Owen and 2 others are writing …");
  });
});

describe("the language", () => {
  it("is the first of the reader's that there are words in", () => {
    expect(chosenFrom(["fr-FR", "pl-PL", "en-GB"])).toBe("pl");
    expect(chosenFrom(["cy"])).toBe("en");
  });
  it("keeps the reader's own region for dates", () => {
    expect(localeFor("en", ["pl", "en-US"])).toBe("en-US");
    expect(localeFor("en", ["pl"])).toBe("en-GB");
    expect(localeFor("pl", ["en-GB"])).toBe("pl");
  });
});

describe("pieces of a sentence", () => {
  it("go to their places in the order of the language", () => {
    expect(pieces<number>("{b} before {a}", { a: 1, b: 2 })).toEqual([2, " before ", 1]);
  });
  it("leave a place alone that nothing is given for", () => {
    expect(pieces("{name} is here", {})).toEqual(["{name}", " is here"]);
  });
});
