import { act, fireEvent, screen, waitFor } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import type { WayBackMade } from "../../contract.gen";
import { CameBack } from "../../shell/Warnings";
import { faults } from "../../testing/axe";
import { draw, drawInRoom, FakeApp, FakeRoom } from "../../testing/fakes";
import { MEMBERSHIP, NOW_MS, row, screenOf, shown, WREN } from "../../testing/people";
import { KeepWayBack } from "../room/KeepWayBack";
import { WayBackFirst, WayBackPart } from "./WayBack";

const MADE: WayBackMade = {
  words: ["otter", "lemon", "quiet", "harbour"],
  path: "/back/s3cret",
  qr: '<svg xmlns="http://www.w3.org/2000/svg"/>',
  ends_ms: NOW_MS + 365 * 86_400_000,
};

const appWith = (): FakeApp => new FakeApp({ make_way_back: () => MADE, was_me: () => ({ done: true }) });

/** Who I am, with this way back, and these who came in by one. */
function me(
  app: FakeApp,
  allowed: boolean,
  ends_ms: number | null,
  came_back: { session: string; at_ms: number }[] = [],
) {
  const way_back = { allowed, ends_ms };
  const mine = { person: WREN.person, communities: [MEMBERSHIP], shared_idle_s: null, claimed: true };
  const nobody = { organisation: null, connected: false, proof: null, idle: null };
  act(() => {
    app.session.state.value = { is: "in", person: WREN.person, me: { ...mine, ...nobody, way_back, came_back } };
  });
  return app;
}

const asked = (app: FakeApp): readonly string[] => app.asked.map((one) => one.route);

describe("a way back on the page about me", () => {
  it("is made when it is asked for, and shows words, picture and until when", async () => {
    const app = appWith();
    const { container } = draw(<WayBackPart state={{ allowed: true, ends_ms: null }} />, app);
    expect(asked(app)).toEqual([]);
    fireEvent.click(screen.getByRole("button", { name: "Show my way back" }));
    await screen.findByText("harbour");
    expect(screen.getAllByRole("listitem").map((one) => one.textContent)).toEqual(MADE.words);
    screen.getByRole("img", { name: /opens your way back/ });
    screen.getByText(/works once, until .*2027/);
    expect(asked(app)).toEqual(["make_way_back"]);
    expect(await faults(container)).toEqual([]);
  });
  it("says that there is one, and that a new one ends it", () => {
    draw(<WayBackPart state={{ allowed: true, ends_ms: NOW_MS }} />, appWith());
    screen.getByText(/You have one/);
    screen.getByText(/old one then stops/);
    screen.getByRole("button", { name: "Make a new one" });
  });
  it("is nothing for the team", () => {
    draw(<WayBackPart state={{ allowed: false, ends_ms: null }} />, appWith());
    screen.getByText(/signs in with a passkey/);
    expect(screen.queryByRole("button")).toBeNull();
  });
});

describe("a way back before signing out", () => {
  it("is offered to whoever has none", async () => {
    const app = me(appWith(), true, null);
    draw(<WayBackFirst />, app);
    fireEvent.click(screen.getByRole("button", { name: "Show my way back" }));
    await screen.findByText("otter");
  });
  it.each([
    [true, NOW_MS],
    [false, null],
  ])("is not offered to others (%s, %s)", (allowed, ends_ms) => {
    const { container } = draw(<WayBackFirst />, me(appWith(), allowed, ends_ms));
    expect(container.textContent).toBe("");
  });
});

describe("a way back in a room", () => {
  const mine = screenOf([row(shown("Hello", { own: true }))]);
  const others = screenOf([row(shown("Hello"))]);
  const waiting = screenOf([row(shown("Hello", { own: true, sending: { is: "sending" } }))]);
  it.each([
    ["others'", others],
    ["waiting", waiting],
  ])("is not offered before the first words are there (%s)", (_what, screenful) => {
    const app = me(new FakeApp({}, new FakeRoom(screenful)), true, null);
    const { container } = drawInRoom(<KeepWayBack screen={screenful} />, app);
    expect(container.textContent).toBe("");
  });
  it("is offered after them, and shown", async () => {
    const app = me(appWith(), true, null);
    drawInRoom(<KeepWayBack screen={mine} />, app);
    fireEvent.click(screen.getByRole("button", { name: "Show my way back" }));
    await screen.findByText("lemon");
    me(app, true, MADE.ends_ms);
    // What is being read is not taken away because it now exists.
    screen.getByText("lemon");
    fireEvent.click(screen.getByRole("button", { name: "Done" }));
    await waitFor(() => expect(screen.queryByText("lemon")).toBeNull());
  });
  it("goes away when it is put off", () => {
    const app = me(appWith(), true, null);
    drawInRoom(<KeepWayBack screen={mine} />, app);
    fireEvent.click(screen.getByRole("button", { name: "Not now" }));
    expect(screen.queryByRole("button")).toBeNull();
  });
});

describe("a way back that was used", () => {
  const came = [{ session: "S9", at_ms: NOW_MS - 120_000 }];
  it("is told, and I say that it was me", async () => {
    const app = me(appWith(), true, null, came);
    draw(<CameBack />, app);
    screen.getByText(/came in as you by your way back 2 minutes ago/);
    fireEvent.click(screen.getByRole("button", { name: "Yes, it was me" }));
    await waitFor(() => expect(app.asked).toEqual([{ route: "was_me", ask: { body: { sessions: ["S9"] } } }]));
  });
  it("is ended by one press when it was not", async () => {
    const app = me(new FakeApp({ end_session: () => ({ done: true }) }), true, null, came);
    draw(<CameBack />, app);
    fireEvent.click(screen.getByRole("button", { name: "No, sign them out" }));
    await waitFor(() => expect(app.asked).toEqual([{ route: "end_session", ask: { params: { session: "S9" } } }]));
  });
  it("is nothing when nobody came", () => {
    const { container } = draw(<CameBack />, me(appWith(), true, null));
    expect(container.textContent).toBe("");
  });
});
