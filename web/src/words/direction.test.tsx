import { fireEvent, screen } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { draw, FakeApp, FakeCommunity, FakeRoom } from "../testing/fakes";
import { homeOf, lookOf, MEMBERSHIP, ROOM, roomLine, row, screenOf, shown } from "../testing/people";
import { isMarked, unmarked } from "../testing/pseudo";

// Every text of ours stands between marks here, so that one which is not from the catalogue is seen.
vi.mock("./en", async (original) => {
  const { pseudo } = await import("../testing/pseudo");
  return { en: pseudo((await original<typeof import("./en")>()).en) };
});
vi.mock("./pages.en", async (original) => {
  const { pseudo } = await import("../testing/pseudo");
  return { pages: pseudo((await original<typeof import("./pages.en")>()).pages) };
});
vi.mock("./back.en", async (original) => {
  const { pseudo } = await import("../testing/pseudo");
  return { back: pseudo((await original<typeof import("./back.en")>()).back) };
});
vi.mock("./keep.en", async (original) => {
  const { pseudo } = await import("../testing/pseudo");
  return { keep: pseudo((await original<typeof import("./keep.en")>()).keep) };
});
vi.mock("./reach.en", async (original) => {
  const { pseudo } = await import("../testing/pseudo");
  return { reach: pseudo((await original<typeof import("./reach.en")>()).reach) };
});
vi.mock("./setup.en", async (original) => {
  const { pseudo } = await import("../testing/pseudo");
  return { setup: pseudo((await original<typeof import("./setup.en")>()).setup) };
});

const { Home } = await import("../pages/home/Home");
const { Invited } = await import("../pages/door/Join");
const { Keep } = await import("../pages/keep/Keep");
const { RoomPage } = await import("../pages/room/RoomPage");

const HEBREW = "שלום, דורותי כאן";

beforeEach(() => {
  document.documentElement.dir = "rtl";
});
afterEach(() => {
  document.documentElement.dir = "ltr";
});

/** What is left on the page when our texts, what people wrote, and times are taken away. */
function foreign(page: Element, people: readonly string[]): string {
  let text = unmarked(page.textContent ?? "");
  for (const said of people) text = text.replaceAll(said, "");
  return text.replace(/\d{1,2}:\d{2}[\s\u202f]?(?:[ap]m)?/gi, "").replace(/[\d\s·,()+…]/g, "");
}

/** The labels for assistive technology that are not ours. */
const foreignLabels = (page: Element, people: readonly string[]): readonly string[] =>
  [...page.querySelectorAll("[aria-label], [placeholder], [alt]")]
    .flatMap((one) => ["aria-label", "placeholder", "alt"].map((name) => one.getAttribute(name)))
    .filter((label): label is string => label !== null && !isMarked(label) && !people.includes(label));

function show() {
  const message = shown(HEBREW, { seq: 1, counts: { heart: 2 }, replies: [shown("תודה", { by: "Kwame" })] });
  const mine = shown("Hello", { seq: 2, own: true, by: "Wren" });
  const room = new FakeRoom(screenOf([row(message), row(mine)], { newBelow: 0 }));
  const home = homeOf({
    rooms: [roomLine({ unread: 3, here: 2 })],
    last_here_ms: 0,
    alone: true,
    setting_up: { invited: false },
    me: { ...MEMBERSHIP, roles: ["keeper"] },
  });
  return new FakeApp({}, room, new FakeCommunity(home));
}

const PEOPLE = [
  HEBREW,
  "תודה",
  "Hello",
  "Dorothy",
  "Kwame",
  "Wren",
  "Waiting well",
  "Through My Eyes",
  "patient",
  "carer",
];
const STATED = [
  "Patients, carers and staff of Outpatients, making each visit a little kinder together.",
  "Speak from what you have lived.",
  "Leave out other people’s names and details.",
  "Disagree with the thing, not the person.",
  "St Brannock’s Outpatients",
  "01234 567890",
  "volunteer",
  "Ruth",
];
describe("read from the right, in no language", () => {
  it("a room has no text that is not from the catalogue", () => {
    const { container } = draw(<RoomPage id={ROOM.room} slug="s" roomSlug="r" message={null} />, show());
    fireEvent.click(screen.getByRole("button", { name: /1/, expanded: false }));
    expect(foreign(container, PEOPLE)).toBe("");
    expect(foreignLabels(container, PEOPLE)).toEqual([]);
  });
  it("what people wrote keeps its own direction", () => {
    draw(<RoomPage id={ROOM.room} slug="s" roomSlug="r" message={null} />, show());
    expect(screen.getByText(HEBREW).getAttribute("dir")).toBe("auto");
    expect(screen.getAllByRole("textbox")[0]?.getAttribute("dir")).toBe("auto");
  });
  it("arrows that point along the line turn", () => {
    const { container } = draw(<RoomPage id={ROOM.room} slug="s" roomSlug="r" message={null} />, show());
    const turning = [...container.querySelectorAll(".icon.turns use")].map((use) => use.getAttribute("href"));
    expect(new Set(turning)).toEqual(new Set(["#i-leave", "#i-reply", "#i-send"]));
  });
  it("neither has the home", () => {
    const { container } = draw(<Home slug="s" />, show());
    expect(foreign(container, [...STATED, ...PEOPLE])).toBe("");
    expect(foreignLabels(container, PEOPLE)).toEqual([]);
  });
  it("neither has the join screen", () => {
    const { container } = draw(<Invited look={lookOf()} join={() => Promise.resolve()} />, show());
    expect(foreign(container, [...STATED, ...PEOPLE])).toBe("");
    expect(foreignLabels(container, PEOPLE)).toEqual([]);
  });
  it.each(["members", "invitations", "rooms", "statement", "health"])("neither have the keepers' %s", (part) => {
    const { container } = draw(<Keep slug="s" part={part} />, show());
    expect(foreign(container, [...STATED, ...PEOPLE])).toBe("");
    expect(foreignLabels(container, PEOPLE)).toEqual([]);
  });
});
