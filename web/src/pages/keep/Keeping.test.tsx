import { fireEvent, screen, waitFor } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import type { Keeping } from "../../contract.gen";
import { faults } from "../../testing/axe";
import { draw, FakeApp } from "../../testing/fakes";
import { NOW_MS } from "../../testing/people";
import { KeepingPart } from "./Keeping";

const TEA = { room: "T", title: "The tea table", own_days: null, days: 365, hold: null, held_since_ms: null, due: 0 };
const QUIET = { ...TEA, room: "Q", title: "Quiet", own_days: 30, days: 30, due: 312 };
const HELD = { ...TEA, room: "H", title: "Held", hold: "court", held_since_ms: NOW_MS } as const;

const KEEPING: Keeping = {
  days: 365,
  least: 7,
  most: 3650,
  hold: null,
  held_since_ms: null,
  rooms: [TEA, QUIET, HELD],
};

const done = (): { done: boolean } => ({ done: true });

function show() {
  const app = new FakeApp({
    keeping: () => KEEPING,
    keeping_due: () => ({ due: 312 }),
    set_keeping: done,
    set_hold: done,
  });
  return { app, ...draw(<KeepingPart slug="eyes" />, app) };
}

const asks = (app: FakeApp, route: string): readonly unknown[] =>
  app.asked.filter((one) => one.route === route).map((one) => one.ask);

describe("what is kept, for keepers", () => {
  it("is told for the community and each room, with what goes next and what is held", async () => {
    const { container } = show();
    await screen.findByText(/Words are kept for 30 days · 312 messages will go within the hour/);
    screen.getByText(/Words are kept for 365 days · as the whole community$/);
    screen.getByText(/nothing is erased since .*: a court or an authority asks for it/);
    expect(await faults(container)).toEqual([]);
  });

  it("is changed for a room, after saying what would go at once", async () => {
    const { app, container } = show();
    fireEvent.click(await screen.findByRole("button", { name: "Change how long words are kept: The tea table" }));
    const field = screen.getByRole("textbox", { name: "Days" });
    fireEvent.input(field, { target: { value: "400" } });
    expect(screen.getByRole("alert").textContent).toContain("A number from 7 to 365.");
    fireEvent.input(field, { target: { value: "90" } });
    await screen.findByText("Words older than 90 days go within the hour: 312 messages.");
    expect(asks(app, "keeping_due")).toContainEqual({ params: { slug: "eyes" }, query: { days: 90, room: "T" } });
    expect(await faults(container)).toEqual([]);
    fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() =>
      expect(asks(app, "set_keeping")).toEqual([{ params: { slug: "eyes" }, body: { days: 90, room: "T" } }]),
    );
  });

  it("goes by the community again when a room says nothing", async () => {
    const { app } = show();
    fireEvent.click(await screen.findByRole("button", { name: "Change how long words are kept: Quiet" }));
    fireEvent.input(screen.getByRole("textbox", { name: "Days" }), { target: { value: "" } });
    fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() =>
      expect(asks(app, "set_keeping")).toEqual([{ params: { slug: "eyes" }, body: { days: null, room: "Q" } }]),
    );
  });

  it("is held for a reason, and let go of after asking", async () => {
    const { app, container } = show();
    fireEvent.click(await screen.findByRole("button", { name: "Begin a legal hold: The whole community" }));
    fireEvent.click(screen.getByRole("button", { name: "Begin the hold" }));
    expect(asks(app, "set_hold")).toEqual([]);
    fireEvent.click(screen.getByRole("radio", { name: "a complaint" }));
    expect(await faults(container)).toEqual([]);
    fireEvent.click(screen.getByRole("button", { name: "Begin the hold" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    fireEvent.click(await screen.findByRole("button", { name: "End the legal hold: Held" }));
    fireEvent.click(screen.getByRole("button", { name: "End the hold" }));
    await waitFor(() =>
      expect(asks(app, "set_hold")).toEqual([
        { params: { slug: "eyes" }, body: { reason: "complaint", room: null } },
        { params: { slug: "eyes" }, body: { reason: null, room: "H" } },
      ]),
    );
  });
});
