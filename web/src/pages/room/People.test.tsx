import { act } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { faults } from "../../testing/axe";
import { draw, FakeApp, FakeRoom } from "../../testing/fakes";
import { NOW_MS, ROOM, row, screenOf, shown } from "../../testing/people";
import { RoomPage } from "./RoomPage";

describe("who is here", () => {
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
