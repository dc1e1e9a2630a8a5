/** Everything that is kept of a person, asked for page by page and made into one file. */

import type { ExportPage, KeptKind } from "../../contract.gen";
import type { Api } from "../../state";
import { type Column, FLAGS } from "../../words/kept";

type Row = ExportPage["rows"][number];

export interface Taken {
  readonly parts: ReadonlyMap<KeptKind, readonly Row[]>;
  readonly rooms: Readonly<Record<string, string>>;
}

/** All pages. `here`: on this device, though others use it too. */
export async function takeAlong(api: Api, here: boolean): Promise<Taken> {
  const parts = new Map<KeptKind, Row[]>();
  const rooms: Record<string, string> = {};
  for (const page of await pagesFrom("", api, here)) {
    parts.set(page.what, [...(parts.get(page.what) ?? []), ...page.rows]);
    Object.assign(rooms, page.rooms);
  }
  return { parts, rooms };
}

/** Each page says where the next begins. */
async function pagesFrom(cursor: string, api: Api, here: boolean): Promise<readonly ExportPage[]> {
  const query = { ...(cursor === "" ? {} : { cursor }), ...(here ? { here: "yes" } : {}) };
  const page: ExportPage = await api("export", { query });
  return page.next === null ? [page] : [page, ...(await pagesFrom(page.next, api, here))];
}

/** For programs, with a word for people at its head. */
export function asJson({ parts, rooms }: Taken, about: readonly string[]): string {
  return JSON.stringify({ about, rooms, ...Object.fromEntries(parts) }, null, 2);
}

const escaped = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

export interface PageWords {
  readonly lang: string;
  readonly title: string;
  readonly about: readonly string[];
  readonly none: string;
  readonly yes: string;
  readonly no: string;
  readonly columns: Readonly<Record<Column, string>>;
  readonly kind: (what: KeptKind) => string;
  readonly when: (ms: number) => string;
}

/** For people: a page that needs nothing else, each row as a line of what it says. */
export function asPage({ parts, rooms }: Taken, words: PageWords): string {
  const value = (name: string, said: Row[string] | undefined): string => {
    if (typeof said === "number" && name.endsWith("_ms")) return words.when(said);
    if (FLAGS.has(name)) return said === 0 ? words.no : words.yes;
    return name === "room" ? (rooms[String(said)] ?? String(said)) : String(said);
  };
  // A server that is newer than this page may have a column of which it knows no word.
  const heading = (name: string): string => new Map<string, string>(Object.entries(words.columns)).get(name) ?? name;
  const line = (row: Row): string =>
    Object.entries(row)
      .filter(([, said]) => said !== null && said !== "")
      .map(([name, said]) => `<b>${escaped(heading(name))}</b> ${escaped(value(name, said))}`)
      .join(" · ");
  const part = ([what, rows]: readonly [KeptKind, readonly Row[]]): string =>
    `<h2>${escaped(words.kind(what))}</h2>` +
    (rows.length === 0
      ? `<p>${escaped(words.none)}</p>`
      : `<ul>${rows.map((row) => `<li>${line(row)}</li>`).join("\n")}</ul>`);
  const about = words.about.map((one) => `<p>${escaped(one)}</p>`).join("");
  return (
    `<!doctype html><html lang="${words.lang}"><meta charset="utf-8"><title>${escaped(words.title)}</title>` +
    `<h1>${escaped(words.title)}</h1>${about}${[...parts].map(part).join("\n")}</html>`
  );
}

/** Gives a file to the browser to keep. It never has an address that anybody could ask for. */
export function keepFile(name: string, content: string, type: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken it up by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
