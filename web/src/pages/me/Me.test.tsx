import { fireEvent, screen, waitFor, within } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { faults } from "../../testing/axe";
import { draw, FakeApp } from "../../testing/fakes";
import { MEMBERSHIP, NOW_MS } from "../../testing/people";
import { Me } from "./Me";

function show() {
  const app = new FakeApp({
    sessions: () => ({
      sessions: [
        { session: "S1", made_ms: NOW_MS, seen_ms: NOW_MS, this: true, shared: false },
        { session: "S2", made_ms: NOW_MS - 86_400_000, seen_ms: NOW_MS, this: false, shared: true },
      ],
    }),
    end_other_sessions: () => ({ ended: 1 }),
    end_session: () => ({ done: true }),
    change_me: () => MEMBERSHIP,
    kept: () => ({ kept: [{ what: "words", count: 14 }], rooms: 3, holds: [] }),
  });
  return { app, ...draw(<Me />, app) };
}

const asks = (app: FakeApp, route: string): readonly unknown[] =>
  app.asked.filter((one) => one.route === route).map((one) => one.ask);

describe("the page about me", () => {
  it("changes my name and how I come here", async () => {
    const { app } = show();
    fireEvent.input(screen.getByRole("textbox", { name: "The name you use here" }), { target: { value: "Robin" } });
    fireEvent.click(screen.getByRole("radio", { name: "rather not say" }));
    fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() =>
      expect(asks(app, "change_me")).toEqual([
        { params: { slug: "through-my-eyes" }, body: { name: "Robin", standing: null, shows_standing: false } },
      ]),
    );
  });
  it("shows how I come here beside my name only when I want it", async () => {
    const { app } = show();
    fireEvent.click(screen.getByRole("checkbox", { name: "Show it beside my name" }));
    fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() =>
      expect(asks(app, "change_me")).toMatchObject([{ body: { standing: "carer", shows_standing: true } }]),
    );
    fireEvent.click(screen.getByRole("radio", { name: "rather not say" }));
    expect(screen.queryByRole("checkbox", { name: "Show it beside my name" })).toBeNull();
  });
  it("lists where I am signed in, and signs another device out", async () => {
    const { app } = show();
    await screen.findByText("This device");
    fireEvent.click(screen.getByRole("button", { name: /^Sign it out: in use since/ }));
    await waitFor(() => expect(asks(app, "end_session")).toEqual([{ params: { session: "S2" } }]));
  });
  it("signs every other device out in one press", async () => {
    const { app } = show();
    fireEvent.click(await screen.findByRole("button", { name: "Sign out everywhere else" }));
    await waitFor(() => expect(asks(app, "end_other_sessions")).toHaveLength(1));
  });
  it("asks before signing out and before leaving", () => {
    const { app } = show();
    fireEvent.click(screen.getByRole("button", { name: "Sign out here" }));
    fireEvent.click(screen.getByRole("button", { name: "Stay signed in" }));
    expect(app.ended).toEqual([]);
    fireEvent.click(screen.getByRole("button", { name: "Leave the community" }));
    fireEvent.click(screen.getByRole("button", { name: "Leave" }));
    expect(app.ended).toEqual(["leave through-my-eyes"]);
  });
  it.each([
    ["Get what we keep", "What we keep about you"],
    ["Erase me", "Erase everything about you"],
  ])("offers to whoever leaves, first: %s", async (offer, part) => {
    const { app, container } = show();
    const heading = await screen.findByRole("heading", { name: part });
    fireEvent.click(screen.getByRole("button", { name: "Leave the community" }));
    const asked = within(screen.getByRole("dialog"));
    asked.getByText(/What you wrote stays under the name you used/);
    asked.getByText(/^Once you have left, you can’t get or erase/);
    expect(await faults(container)).toEqual([]);
    fireEvent.click(asked.getByRole("button", { name: offer }));
    await waitFor(() => expect(document.activeElement).toBe(heading));
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(app.ended).toEqual([]);
  });
  it("is right for assistive technology", async () => {
    const { container } = show();
    await screen.findByText("This device");
    expect(await faults(container)).toEqual([]);
  });
});
