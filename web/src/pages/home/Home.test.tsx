import { cleanup, fireEvent, screen, waitFor, within } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { Refused, Unreachable } from "../../state";
import { faults } from "../../testing/axe";
import { draw, FakeApp, FakeCommunity, FakeRoom } from "../../testing/fakes";
import { said } from "../../ui/say";
import { COMMUNITY, homeOf, MEMBERSHIP, NOW_MS, roomLine } from "../../testing/people";
import { greeting, Home } from "./Home";

const show = (change: Parameters<typeof homeOf>[0] = {}) =>
  draw(<Home slug="through-my-eyes" />, new FakeApp({}, new FakeRoom(), new FakeCommunity(homeOf(change))));

const LINK = { staff: false, made_by: "Ruth", label: "" } as const;
const HANA = { person: "H", name: "Hana", role: "host", room: null, at_ms: NOW_MS - 300_000, ...LINK } as const;
const MO = { person: "M", name: "Mo", role: "moderator", room: "T", at_ms: NOW_MS - 60_000, ...LINK } as const;

const refuseHana = async (): Promise<void> => {
  fireEvent.click(screen.getByRole("button", { name: "No, don’t make Hana a host" }));
  fireEvent.click(within(await screen.findByRole("dialog", { name: "Say no to Hana?" })).getByText("Say no"));
};

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
  it("says plainly to somebody of the team what is missing, and where it is added", () => {
    const dormant = [{ role: "moderator", room: "T" } as const, { role: "host", room: null } as const];
    show({ me: { ...MEMBERSHIP, dormant } });
    expect(screen.getByText(/Add a passkey to be a host here\./)).toBeTruthy();
    expect(screen.getByRole("link", { name: "Add a passkey" }).getAttribute("href")).toBe("/me");
  });
  it("draws no fire where nobody is, nor in a closed room", () => {
    const { container } = show({ rooms: [waiting, { ...tea, closed: true }] });
    expect(container.querySelector(".hearth")).toBeNull();
  });
  it("tells a keeper who waits for a yes to a role, and takes the yes or the no", async () => {
    const community = new FakeCommunity(homeOf({ rooms: [tea], waiting: [{ ...HANA, label: "clinic 3" }, MO] }));
    const app = new FakeApp({ set_role: () => ({ done: true }) }, new FakeRoom(), community);
    const { container } = draw(<Home slug="through-my-eyes" />, app);
    screen.getByText("2 people wait for your yes.");
    const waits = screen.getByRole("region", { name: "Waiting for your yes" });
    expect(waits.textContent).toContain("to be a host · came 5 minutes ago");
    expect(waits.textContent).toContain("the link was made by Ruth: clinic 3");
    expect(waits.textContent).toContain("to be a moderator in The tea table");
    expect(await faults(container)).toEqual([]);
    fireEvent.click(within(waits).getByRole("button", { name: "Yes, make Hana a host" }));
    const question = await screen.findByRole("dialog", { name: "Make Hana a host?" });
    expect(await faults(container)).toEqual([]);
    fireEvent.click(within(question).getByRole("button", { name: "Yes" }));
    await waitFor(() => expect(community.reloads).toBe(1));
    fireEvent.click(within(waits).getByRole("button", { name: "No, don’t make Mo a moderator in The tea table" }));
    fireEvent.click(within(await screen.findByRole("dialog", { name: "Say no to Mo?" })).getByText("Say no"));
    await waitFor(() => expect(community.reloads).toBe(2));
    const slug = "through-my-eyes";
    expect(app.asked.filter((one) => one.route === "set_role").map((one) => one.ask)).toEqual([
      { params: { slug, person: "H" }, body: { role: "host", held: true, room: null, answers: true } },
      { params: { slug, person: "M" }, body: { role: "moderator", held: false, room: "T", answers: true } },
    ]);
  });
  it("says that a yes makes somebody staff as well", () => {
    show({ waiting: [{ ...HANA, staff: true }] });
    screen.getByRole("button", { name: "Yes, make Hana a host, and staff" });
  });
  it.each(["Yes, make Hana a host", "No, don’t make Hana a host"])(
    "changes nothing when %s is thought better of",
    async (name) => {
      const community = new FakeCommunity(homeOf({ waiting: [HANA] }));
      const app = new FakeApp({ set_role: () => ({ done: true }) }, new FakeRoom(), community);
      draw(<Home slug="through-my-eyes" />, app);
      fireEvent.click(screen.getByRole("button", { name }));
      fireEvent.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Keep it as it is" }));
      await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
      expect(app.asked).toEqual([]);
    },
  );
  it("says why a no was not taken, and looks again", async () => {
    const refuse = (): never => {
      throw new Refused("conflict");
    };
    const community = new FakeCommunity(homeOf({ waiting: [HANA] }));
    draw(<Home slug="through-my-eyes" />, new FakeApp({ set_role: refuse }, new FakeRoom(), community));
    await refuseHana();
    await waitFor(() => expect(said.value?.words).toBe("This has been answered, or they have gone."));
    expect(community.reloads).toBe(1);
  });
  it.each([
    [[MO], "Waiting for your yes"],
    [[], "Good evening, Wren"],
  ] as const)("goes on, for who presses keys, where others wait or at the page's beginning", async (left, where) => {
    const community = new FakeCommunity(homeOf({ rooms: [tea], waiting: [HANA, ...left] }));
    community.next = homeOf({ rooms: [tea], waiting: left });
    draw(<Home slug="through-my-eyes" />, new FakeApp({ set_role: () => ({ done: true }) }, new FakeRoom(), community));
    await refuseHana();
    await waitFor(() => expect(document.activeElement?.textContent).toContain(where));
    expect(document.activeElement?.id).toBe(left.length === 0 ? "main" : "waiting-title");
  });
  it("moves nobody when news come long after an answer that did not get through", async () => {
    const community = new FakeCommunity(homeOf({ rooms: [tea], waiting: [HANA, MO] }));
    const lost = (): never => {
      throw new Unreachable();
    };
    draw(<Home slug="through-my-eyes" />, new FakeApp({ set_role: lost }, new FakeRoom(), community));
    await refuseHana();
    await waitFor(() => expect(said.value?.words).toContain("reach"));
    screen.getByRole("button", { name: "Reading help" }).focus();
    community.home.value = { is: "loaded", value: homeOf({ rooms: [tea], waiting: [MO] }), fresh: true };
    await waitFor(() => expect(screen.queryByRole("button", { name: "Yes, make Hana a host" })).toBeNull());
    expect(document.activeElement?.textContent).toContain("Reading help");
  });
  it("names who is to be told of a worry, where somebody is", () => {
    const { container } = show({ community: { ...COMMUNITY, lead: "Sister Joy", lead_contact: "the desk" } });
    expect(container.textContent).toContain("If you are worried about somebodySister Joy: the desk");
    cleanup();
    expect(show({}).container.textContent).not.toContain("If you are worried");
  });
  it("asks the only keeper for a second one, and makes the link", async () => {
    const made = { invitation: "I", code: null, path: "/join/s3cret", qr: "<svg/>" };
    const community = new FakeCommunity(homeOf({ alone: true }));
    const app = new FakeApp({ make_invitation: () => made }, new FakeRoom(), community);
    const { container } = draw(<Home slug="through-my-eyes" />, app);
    screen.getByRole("region", { name: "You are the only keeper" });
    expect(await faults(container)).toEqual([]);
    fireEvent.click(screen.getByRole("button", { name: "Make a link for a second keeper" }));
    const dialog = await screen.findByRole("dialog", { name: "Here is the invitation" });
    expect(within(dialog).getByLabelText<HTMLInputElement>("The link").value).toContain("/join/s3cret");
    fireEvent.click(within(dialog).getByRole("button", { name: "Done" }));
    await screen.findByText(/You have made a link/);
    expect(app.asked.filter((one) => one.route === "make_invitation").map((one) => one.ask)).toEqual([
      {
        params: { slug: "through-my-eyes" },
        body: { kind: "link", role: "keeper", label: "Second keeper", uses: 1, ends_in_s: 259_200 },
      },
    ]);
  });
  it("asks for no second keeper while one waits for a yes, nor where there are two", () => {
    const { container } = show({ alone: true, waiting: [{ ...HANA, role: "keeper" }] });
    expect(container.textContent).not.toContain("You are the only keeper");
  });
  it("tells whoever waits for a role that a keeper has to say yes", () => {
    const { container } = show({
      rooms: [tea],
      me: {
        ...MEMBERSHIP,
        asked: [
          { role: "host", room: null },
          { role: "moderator", room: "T" },
          { role: "host", room: "X" },
        ],
      },
    });
    expect(container.textContent).toContain("If a keeper says yes, you will be a host.");
    expect(container.textContent).toContain("If a keeper says yes, you will be a moderator in The tea table.");
    // A room that they cannot see yet.
    expect(container.textContent).toContain("If a keeper says yes, you will be a host in one room.");
    expect(screen.queryByRole("region", { name: "Waiting for your yes" })).toBeNull();
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
    for (const stated of ["Speak from what you have lived.", "St Brannock’s Outpatients", "01234 567890", "365 days"]) {
      expect(container.textContent).toContain(stated);
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
