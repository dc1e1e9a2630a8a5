import { act, waitFor } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { faults } from "../../testing/axe";
import { draw, FakeApp, FakeRoom } from "../../testing/fakes";
import { NOW_MS, ROOM, row, screenOf, shown } from "../../testing/people";
import { RoomPage } from "./RoomPage";

const JOAN = "JOAN";

describe("who is here", () => {
  it("stands beside the name before, until the list has been closed", async () => {
    const room = new FakeRoom(screenOf([]));
    room.roster.value = { ...room.roster.value, people: [{ person: JOAN, name: "Joan" }] };
    room.renamed.former.value = new Map([[JOAN, "Jenny"]]);
    const page = <RoomPage id={ROOM.room} slug="through-my-eyes" roomSlug="waiting-well" message={null} />;
    const { container, unmount } = draw(page, new FakeApp({}, room));
    const names = (): readonly (string | undefined)[] =>
      [...container.querySelectorAll(".here li .grow")].map((one) => one.textContent ?? undefined);
    expect(names()).toEqual(["Joanbefore: Jenny"]);
    expect(await faults(container)).toEqual([]);
    expect(room.deeds).not.toContain("saw who is renamed");
    unmount();
    await waitFor(() => expect(room.deeds).toContain("saw who is renamed"));
  });
  it("says so while it can’t be seen who is here, and shows whom it can see", async () => {
    const talk = [{ is: "day", key: "day", at_ms: NOW_MS } as const, row(shown("I mind not knowing.", { seq: 1 }))];
    const room = new FakeRoom(screenOf(talk));
    const page = <RoomPage id={ROOM.room} slug="through-my-eyes" roomSlug="waiting-well" message={null} />;
    const { container } = draw(page, new FakeApp({}, room));
    const list = () => container.querySelector(".here") as HTMLElement;
    expect(list().textContent).toContain("Nobody else is here just now.");
    act(() => {
      room.roster.value = { ...room.roster.value, known: false };
    });
    expect(container.querySelector(".bar")?.textContent).toContain("Can’t see who is here");
    expect(list().textContent).toContain("We can’t see everyone who is here just now. These people are.");
    expect(list().textContent).toContain("Wren");
    expect(list().textContent).not.toContain("Nobody else");
    expect(await faults(container)).toEqual([]);
    act(() => {
      room.roster.value = { ...room.roster.value, count: 0, people: [] };
    });
    expect(list().textContent).toContain("We can’t see who is here just now.");
  });
});
