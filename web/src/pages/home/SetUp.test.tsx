import { fireEvent, screen, waitFor, within } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import type { Code, Home as HomeView } from "../../contract.gen";
import { Refused } from "../../state";
import { faults } from "../../testing/axe";
import { draw, FakeApp, FakeCommunity, FakeRoom } from "../../testing/fakes";
import { asks, MADE } from "../../testing/keep";
import { COMMUNITY, homeOf, MEMBERSHIP, roomLine } from "../../testing/people";
import { Home } from "./Home";

const tea = roomLine({ room: "T", slug: "tea-table", title: "The tea table" });
const ideas = roomLine({ room: "I", slug: "ideas", title: "Ideas" });
const KEEPER = { ...MEMBERSHIP, roles: ["member", "keeper"] as const };
const NAMED = { ...COMMUNITY, lead: "Sister Joy", lead_contact: "the desk" };
const begun = (change: Partial<HomeView> = {}): HomeView =>
  homeOf({ me: KEEPER, rooms: [tea], alone: true, setting_up: { invited: false }, ...change });

function show(home: HomeView, answers: ConstructorParameters<typeof FakeApp>[0] = {}) {
  const community = new FakeCommunity(home);
  const app = new FakeApp(
    {
      open_room: () => ({ room: "N", slug: "n" }),
      make_invitation: () => MADE,
      finish_setup: () => ({ done: true }),
      ...answers,
    },
    new FakeRoom(),
    community,
  );
  return { app, community, ...draw(<Home slug="through-my-eyes" />, app) };
}

const steps = (): HTMLElement => screen.getByRole("region", { name: "Setting up" });
const openedRooms = (app: FakeApp): readonly unknown[] =>
  asks(app, "open_room").map((ask) => (ask as { readonly body: { readonly title: string } }).body.title);

describe("setting up", () => {
  it("shows its four steps at once, and what is done", async () => {
    const { container } = show(begun());
    const titles = within(steps()).getAllByRole("heading", { level: 3 });
    expect(titles.map((one) => one.textContent)).toEqual([
      "Say what it isto do",
      "Open roomsto do",
      "Invite peopleto do",
      "Find a second keeperto do",
    ]);
    expect(await faults(container)).toEqual([]);
  });
  it("has not said what it is before somebody is named to turn to", () => {
    const first = (): HTMLElement => within(steps()).getAllByRole("listitem")[0] as HTMLElement;
    const rest = { rooms: [tea, ideas], alone: false, setting_up: { invited: true } };
    const { unmount } = show(begun(rest));
    within(first()).getByText(/^Say who to turn to with a worry/);
    within(first()).getByText(/^Say too what you promise/);
    expect(within(first()).getByRole("link", { name: "Say who to turn to" }).getAttribute("href")).toBe(
      "/c/through-my-eyes/keep#statement",
    );
    expect(within(steps()).queryByText("All four steps are done.")).toBeNull();
    unmount();
    show(begun({ ...rest, community: { ...NAMED, commitments: ["We answer within a day."] } }));
    within(first()).getByText("done");
    expect(within(first()).queryByText(/^Say too what you promise/)).toBeNull();
  });
  it("opens the rooms that are ticked, in their order", async () => {
    const { app, community } = show(begun());
    fireEvent.click(screen.getByRole("checkbox", { name: /^Welcome/ }));
    fireEvent.click(screen.getByRole("checkbox", { name: /^Ideas/ }));
    fireEvent.click(screen.getByRole("button", { name: "Open these rooms" }));
    await waitFor(() => expect(community.reloads).toBe(1));
    expect(openedRooms(app)).toEqual(["Ask anything", "Through my eyes", "Ideas"]);
    expect(asks(app, "open_room")[0]).toMatchObject({ body: { slug: "ask-anything", visibility: "community" } });
  });
  it.each([
    ["slug_taken", 3, 0],
    ["not_allowed", 1, 1],
  ] as [Code, number, number][])("after %s opens %i in all", async (code, count, alerts) => {
    let first = true;
    const { app, community } = show(begun(), {
      open_room: () => {
        if (first) {
          first = false;
          throw new Refused(code);
        }
        return { room: "N", slug: "n" };
      },
    });
    fireEvent.click(screen.getByRole("button", { name: "Open these rooms" }));
    await waitFor(() => expect(community.reloads).toBe(1));
    await waitFor(() => expect(screen.queryAllByRole("alert")).toHaveLength(alerts));
    expect(openedRooms(app)).toHaveLength(count);
  });
  it("offers no room that there is", () => {
    show(begun({ rooms: [ideas] }));
    expect(screen.queryByRole("checkbox", { name: /^Ideas/ })).toBeNull();
    screen.getByRole("checkbox", { name: /^Carers’ corner/ });
  });
  it("makes an invitation into the room that is chosen, with a poster", async () => {
    const { app, container } = show(begun({ rooms: [tea, ideas] }));
    fireEvent.change(screen.getByRole("combobox", { name: "They come into" }), { target: { value: "I" } });
    fireEvent.click(screen.getByRole("button", { name: "Make an invitation" }));
    const dialog = await screen.findByRole("dialog", { name: "Here is the invitation" });
    within(dialog).getByRole("button", { name: "Print a poster" });
    expect(container.querySelector(".poster")?.textContent).toContain("Ideas");
    expect(asks(app, "make_invitation")).toMatchObject([{ body: { kind: "code", room: "I", ends_in_s: 1_209_600 } }]);
  });
  it("can be hidden, and then only asks for a second keeper", async () => {
    const { app, community } = show(begun());
    community.next = begun({ setting_up: null });
    fireEvent.click(screen.getByRole("button", { name: "Hide these steps" }));
    await screen.findByRole("region", { name: "You are the only keeper" });
    expect(screen.queryByRole("region", { name: "Setting up" })).toBeNull();
    expect(asks(app, "finish_setup")).toEqual([{ params: { slug: "through-my-eyes" } }]);
    expect(document.activeElement?.id).toBe("main");
  });
  it("says when all is done, and when somebody waits to be the second keeper", () => {
    const hana = { person: "H", name: "Hana", room: null, staff: false, at_ms: 0, made_by: "Ruth", label: "" };
    const { unmount } = show(begun({ waiting: [{ ...hana, role: "keeper" }] }));
    within(steps()).getByText(/Somebody has come by the link/);
    unmount();
    show(begun({ community: NAMED, rooms: [tea, ideas], alone: false, setting_up: { invited: true } }));
    within(steps()).getByText("All four steps are done.");
    expect(within(steps()).queryByText("to do")).toBeNull();
  });
});
