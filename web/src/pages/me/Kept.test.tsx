import { fireEvent, screen, waitFor, within } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import type { ErasureReceipt, ExportPage, Kept, KeptKind } from "../../contract.gen";
import { Refused } from "../../state";
import { faults } from "../../testing/axe";
import { draw, FakeApp } from "../../testing/fakes";
import { NOW_MS } from "../../testing/people";
import { rightsWords } from "../../words/rights";
import { Erased } from "./Erased";
import { KeptPart } from "./Kept";
import { asJson, asPage, takeAlong } from "./takeAlong";

const KEPT: Kept = {
  kept: [
    { what: "words", count: 14 },
    { what: "devices", count: 2 },
  ],
  rooms: 3,
  holds: [{ room: "R", title: "Waiting well", reason: "complaint", since_ms: NOW_MS }],
};

const PAGES: Readonly<Record<string, ExportPage>> = {
  "": { what: "words", rows: [{ text: "<b>first</b>", hidden: 0, at_ms: NOW_MS, room: "R" }], next: "0.1", rooms: {} },
  "0.1": { what: "words", rows: [{ text: "second", at_ms: NOW_MS, room: "R" }], next: "1.0", rooms: {} },
  "1.0": { what: "roles", rows: [], next: null, rooms: { R: "Waiting well" } },
};

const cursorOf = (ask: unknown): string => (ask as { query?: { cursor?: string } }).query?.cursor ?? "";
const appWith = (answers = {}): FakeApp =>
  new FakeApp({ kept: () => KEPT, export: (ask: unknown) => PAGES[cursorOf(ask)], ...answers });

describe("what is kept of me", () => {
  it("is told in numbers, with what holds it", async () => {
    const { container } = draw(<KeptPart shared={false} />, appWith());
    await screen.findByText("14 messages, in 3 rooms");
    screen.getByText("2 devices where you are signed in");
    screen.getByText(/nothing that was said in Waiting well may be erased. The reason: a complaint/);
    expect(await faults(container)).toEqual([]);
  });

  it("is asked for page by page, and is one file for programs and one for people", async () => {
    const taken = await takeAlong(appWith().api, false);
    const file = JSON.parse(asJson(taken, ["about"])) as Record<string, unknown>;
    expect(file["about"]).toEqual(["about"]);
    expect(file["rooms"]).toEqual({ R: "Waiting well" });
    expect((file["words"] as readonly { text: string }[]).map(({ text }) => text)).toEqual(["<b>first</b>", "second"]);
    const kind = (what: KeptKind): string => what;
    const t = rightsWords.value.file;
    const page = asPage(taken, { ...t, about: t.about("today"), lang: "en", kind, when: () => "then" });
    expect(page).toContain("&lt;b&gt;first&lt;/b&gt;");
    expect(page).toContain("<b>when</b> then · <b>room</b> Waiting well");
    expect(page).toContain("<b>without your name</b> no");
    expect(page).toContain("Nothing.");
    expect(page).not.toMatch(/_ms|milliseconds|everything/);
  });

  it("asks before it leaves a file on a shared device", async () => {
    const app = appWith();
    draw(<KeptPart shared />, app);
    vi.stubGlobal("URL", Object.assign(URL, { createObjectURL: () => "blob:x", revokeObjectURL: () => undefined }));
    fireEvent.click(await screen.findByRole("button", { name: "Get all of it as a file" }));
    expect(app.asked.filter(({ route }) => route === "export")).toEqual([]);
    fireEvent.click(screen.getByRole("button", { name: "Get it here" }));
    await waitFor(() =>
      expect(app.asked.filter(({ route }) => route === "export").map(({ ask }) => ask)).toEqual([
        { query: { here: "yes" } },
        { query: { cursor: "0.1", here: "yes" } },
        { query: { cursor: "1.0", here: "yes" } },
      ]),
    );
  });
});

describe("erasing me", () => {
  it("says what goes and what stays, and does nothing before I am sure", async () => {
    const app = appWith();
    const { container } = draw(<KeptPart shared={false} />, app);
    fireEvent.click(await screen.findByRole("button", { name: "Erase me" }));
    const sheet = within(screen.getByRole("dialog", { name: "Erase everything about you?" }));
    sheet.getByText("14 messages, in 3 rooms");
    sheet.getByText(/What others said, also in answer to you/);
    sheet.getByText(/under a legal hold/);
    fireEvent.click(sheet.getByRole("button", { name: "Erase me now" }));
    expect(app.ended).toEqual([]);
    fireEvent.click(sheet.getByRole("checkbox", { name: "I know that this can’t be undone" }));
    fireEvent.click(sheet.getByRole("button", { name: "Erase me now" }));
    await waitFor(() => expect(app.ended).toEqual(["erase 22"]));
    await waitFor(() => expect(location.pathname + location.hash).toMatch(/^\/erased#[\w-]{22}$/));
    expect(await faults(container)).toEqual([]);
  });
});

describe("the receipt", () => {
  const receipt: ErasureReceipt = {
    receipt: "01RECEIPT",
    asked_ms: NOW_MS,
    done_ms: NOW_MS,
    sealed: false,
    erased: [{ what: "words", count: 14 }],
    wiped_ms: NOW_MS + 86_400_000,
    backups_ms: NOW_MS + 35 * 86_400_000,
    until_ms: NOW_MS + 30 * 86_400_000,
  };

  it("says what went, and until when it is nowhere any more", async () => {
    const { container } = draw(<Erased secret="s" />, new FakeApp({ receipt: () => receipt }));
    await screen.findByText(/Everything was erased on/);
    screen.getByText("01RECEIPT");
    screen.getByText("Gone from all our backups by");
    screen.getByText("14 messages");
    expect(await faults(container)).toEqual([]);
  });

  it.each([
    [false, /Nobody can read anything of yours any more/],
    [true, /A legal hold keeps some words until it ends/],
  ])("says when it is not done yet (sealed: %s)", async (sealed, said) => {
    const waiting = { ...receipt, done_ms: null, wiped_ms: null, backups_ms: null, until_ms: null, sealed };
    draw(<Erased secret="s" />, new FakeApp({ receipt: () => waiting }));
    await screen.findByText(said);
    expect(screen.queryByText("Gone from all our backups by")).toBeNull();
  });

  it("is nothing to whoever has another secret", async () => {
    const refuse = (): never => {
      throw new Refused("not_found", {}, null);
    };
    draw(<Erased secret="s" />, new FakeApp({ receipt: refuse }));
    await screen.findByText("There is no such receipt, or its time is over.");
  });
});
