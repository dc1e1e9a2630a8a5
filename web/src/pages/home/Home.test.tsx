import { screen, within } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { faults } from "../../testing/axe";
import { draw, FakeApp, FakeCommunity, FakeRoom } from "../../testing/fakes";
import { homeOf, MEMBERSHIP, NOW_MS, roomLine } from "../../testing/people";
import { greeting, Home } from "./Home";

const show = (change: Parameters<typeof homeOf>[0] = {}) =>
  draw(<Home slug="through-my-eyes" />, new FakeApp({}, new FakeRoom(), new FakeCommunity(homeOf(change))));

const tea = roomLine({ room: "T", slug: "tea", title: "The tea table", here: 7, last_ms: NOW_MS - 120_000 });
const waiting = roomLine({ unread: 12, mentions: 2 });

describe("a community's home", () => {
  it("greets by the hour as people feel it", () => {
    expect([3, 4, 11, 12, 17, 18, 23].map(greeting)).toEqual([
      "evening",
      "morning",
      "morning",
      "afternoon",
      "afternoon",
      "evening",
      "evening",
    ]);
  });
  it("shows what is happening now, and the way in", () => {
    show({ rooms: [waiting, tea] });
    const now = screen.getByRole("region", { name: "The tea table" });
    expect(now.textContent).toContain("7 people are here.");
    expect(within(now).getByRole("link", { name: "Go in" }).getAttribute("href")).toBe("/c/through-my-eyes/r/tea");
  });
  it("draws no fire where nobody is, nor in a closed room", () => {
    const { container } = show({ rooms: [waiting, { ...tea, closed: true }] });
    expect(container.querySelector(".hearth")).toBeNull();
  });
  it("counts what came since the last visit, and who was named", () => {
    show({ rooms: [waiting, tea], last_here_ms: NOW_MS - 9 * 86_400_000 });
    const since = screen.getByRole("region", { name: "Since you were last here" });
    expect(since.textContent).toContain("12 new messages in Waiting well");
    expect(since.textContent).toContain("2 of them name you");
    expect(since.textContent).not.toContain("tea table");
  });
  it("says nothing of a last visit to whoever is here for the first time", () => {
    show({ rooms: [waiting] });
    expect(screen.queryByText("Since you were last here")).toBeNull();
  });
  it("lists rooms with what is unread in words too", () => {
    show({ rooms: [waiting, { ...tea, unread: 120 }] });
    const rooms = screen.getByRole("region", { name: "Rooms" });
    within(rooms).getByText("12 unread");
    within(rooms).getByText("99+");
    within(rooms).getByText("120 unread");
  });
  it("tells what the community states, who runs it and how to reach them", () => {
    const { container } = show();
    for (const said of ["Speak from what you have lived.", "St Brannock’s Outpatients", "01234 567890", "365 days"]) {
      expect(container.textContent).toContain(said);
    }
  });
  it.each([
    [["member"], null],
    [["member", "host"], "Open a room"],
    [["member", "keeper"], "For keepers"],
  ] as const)("shows %j only what they may do", (roles, link) => {
    show({ me: { ...MEMBERSHIP, roles: [...roles] } });
    expect(screen.queryByRole("link", { name: "For keepers" }) !== null).toBe(link === "For keepers");
    expect(screen.queryByRole("link", { name: "Open a room" }) !== null).toBe(link === "Open a room");
  });
  it("is right for assistive technology", async () => {
    const { container } = show({
      rooms: [waiting, tea],
      last_here_ms: NOW_MS,
      me: { ...MEMBERSHIP, roles: ["keeper"] },
    });
    expect(await faults(container)).toEqual([]);
  });
});
