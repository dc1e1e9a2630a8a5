import { fireEvent, screen, waitFor, within } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { Refused } from "../../state";
import { faults } from "../../testing/axe";
import { asks, memberOf, show } from "../../testing/keep";
import { NOW_MS } from "../../testing/people";
import { partsFor } from "./Keep";

describe("the keepers' page", () => {
  it("is for keepers, in part for hosts, for nobody else", () => {
    expect(partsFor({ roles: ["member", "keeper"], accepted: true })).toHaveLength(7);
    expect(partsFor({ roles: ["member", "host"], accepted: true })).toEqual(["rooms"]);
    expect(partsFor({ roles: ["member", "moderator"], accepted: true })).toEqual([]);
    expect(partsFor({ roles: ["member", "host"], accepted: false })).toEqual([]);
    show("members", {}, ["member"]);
    screen.getByRole("heading", { name: "Only keepers and hosts see this page." });
  });
  it.each(["members", "invitations", "rooms", "statement", "audit", "health"])(
    "has %s, right for assistive technology",
    async (part) => {
      const { container } = show(part);
      await waitFor(() => expect(container.querySelector("[id=part-title]")).toBeTruthy());
      await new Promise((soon) => setTimeout(soon, 20));
      expect(await faults(container)).toEqual([]);
    },
  );
});

describe("members", () => {
  it("who wait for a yes stand above all others", async () => {
    const { container } = show(
      "members",
      {},
      ["keeper"],
      [
        {
          person: "H",
          name: "Hana",
          role: "host",
          room: null,
          staff: false,
          at_ms: NOW_MS,
          made_by: "Ruth",
          label: "",
        },
      ],
    );
    await screen.findByRole("button", { name: "Yes, make Hana a host" });
    expect([...container.querySelectorAll("main h2")].map((one) => one.textContent)).toEqual([
      "Waiting for your yes",
      "Members",
    ]);
  });
  it("are sought also while the first page is still on its way", async () => {
    const waiting: ((page: unknown) => void)[] = [];
    const { app } = show("members", { members: () => new Promise((answer) => waiting.push(answer)) });
    fireEvent.input(screen.getByLabelText(/Find a member/), { target: { value: "Mo" } });
    await waitFor(() => expect(waiting).toHaveLength(2));
    expect(asks(app, "members").at(-1)).toEqual({ params: { slug: "through-my-eyes" }, query: { q: "Mo" } });
    waiting[1]?.({ members: [memberOf("Mo")], next: null });
    await screen.findByRole("button", { name: /Change the roles of Mo/ });
    // Who was asked for first answers last.
    waiting[0]?.({ members: [memberOf("Dorothy")], next: null });
    await new Promise((soon) => setTimeout(soon, 20));
    screen.getByRole("button", { name: /Change the roles of Mo/ });
    expect(screen.queryByRole("button", { name: /Change the roles of Dorothy/ })).toBeNull();
  });
  it("of the team are marked who have no passkey yet", async () => {
    const team = { ...memberOf("Mo", ["member", "moderator"]), passkey: false };
    const { app, unmount } = show("members", { members: () => ({ members: [team, memberOf("Ada")], next: null }) });
    await screen.findByText(/no passkey yet/);
    expect(screen.getAllByText(/no passkey yet/)).toHaveLength(1);
    // Others' names are on the screen: it is a desk, as long as it is open.
    expect(app.ended).toEqual(["sit down"]);
    unmount();
    await waitFor(() => expect(app.ended).toEqual(["sit down", "get up"]));
  });
  it("come a page at a time", async () => {
    const { app } = show("members", {
      members: (ask: unknown) =>
        JSON.stringify(ask).includes("cursor")
          ? { members: [memberOf("Zoe")], next: null }
          : { members: [memberOf("Ada")], next: "c1" },
    });
    fireEvent.click(await screen.findByRole("button", { name: "More" }));
    await screen.findByRole("button", { name: /Change the roles of Zoe/ });
    screen.getByRole("button", { name: /Change the roles of Ada/ });
    expect(screen.queryByRole("button", { name: "More" })).toBeNull();
    expect(asks(app, "members").at(-1)).toEqual({ params: { slug: "through-my-eyes" }, query: { cursor: "c1" } });
  });
  it("get and lose roles", async () => {
    const { app } = show("members");
    fireEvent.click(await screen.findByRole("button", { name: /Change the roles of Dorothy/ }));
    fireEvent.click(await screen.findByRole("checkbox", { name: /Moderator/ }));
    await waitFor(() =>
      expect(asks(app, "set_role")).toEqual([
        {
          params: { slug: "through-my-eyes", person: "Dorothy" },
          body: { role: "moderator", held: true, room: null },
        },
      ]),
    );
  });
  it("say why the last keeper stays", async () => {
    show("members", {
      set_role: () => {
        throw new Refused("last_keeper");
      },
    });
    fireEvent.click(await screen.findByRole("button", { name: /Change the roles of Ruth/ }));
    fireEvent.click(await screen.findByRole("checkbox", { name: /Keeper/ }));
    await screen.findByText(/at least one keeper/);
  });
  it("are signed out everywhere only after a question", async () => {
    const { app } = show("members");
    fireEvent.click(await screen.findByRole("button", { name: /Change the roles of Dorothy/ }));
    fireEvent.click(await screen.findByRole("button", { name: "Sign out everywhere" }));
    expect(asks(app, "end_sessions")).toEqual([]);
    const question = await screen.findByRole("dialog", { name: "Sign Dorothy out everywhere?" });
    fireEvent.click(within(question).getByRole("button", { name: "Sign out" }));
    await screen.findByText("Dorothy is signed out everywhere.");
    expect(asks(app, "end_sessions")).toEqual([{ params: { slug: "through-my-eyes", person: "Dorothy" } }]);
  });
  it("are taken out only after a question", async () => {
    const { app } = show("members", { remove_member: () => ({ done: true }) });
    fireEvent.click(await screen.findByRole("button", { name: /Change the roles of Dorothy/ }));
    fireEvent.click(await screen.findByRole("button", { name: "Take out of the community" }));
    expect(asks(app, "remove_member")).toEqual([]);
    fireEvent.click(await screen.findByRole("button", { name: "Take out" }));
    await waitFor(() => expect(asks(app, "remove_member")).toHaveLength(1));
  });
});

describe("rooms", () => {
  it("are closed only after a question", async () => {
    const { app } = show("rooms");
    fireEvent.click(await screen.findByRole("button", { name: "Close the room: Waiting well" }));
    expect(asks(app, "change_room")).toEqual([]);
    fireEvent.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Close the room" }));
    await waitFor(() => expect(asks(app, "change_room")).toMatchObject([{ body: { closed: true } }]));
  });
  it("get an address from their name", async () => {
    const { app } = show("rooms", { open_room: () => ({ room: "N", slug: "lukasz-tea" }) });
    fireEvent.click(await screen.findByRole("button", { name: "Open a room" }));
    const name = await screen.findByRole("textbox", { name: "What is it called?" });
    fireEvent.input(name, { target: { value: "Łukasz’s Tea" } });
    fireEvent.click(screen.getByRole("button", { name: "Open the room" }));
    await waitFor(() => expect(asks(app, "open_room")).toMatchObject([{ body: { slug: "lukaszs-tea" } }]));
  });
  it("begin with one that many have, and with words of one's own", async () => {
    const { app } = show("rooms", { open_room: () => ({ room: "N", slug: "ideas" }) });
    fireEvent.click(await screen.findByRole("button", { name: "Open a room" }));
    fireEvent.click(await screen.findByRole("button", { name: "Ideas" }));
    const purpose = screen.getByRole<HTMLTextAreaElement>("textbox", { name: "What is it for?" });
    expect(purpose.value).toBe("What could be better, and how we would do it.");
    fireEvent.input(purpose, { target: { value: "For every idea." } });
    fireEvent.click(screen.getByRole("button", { name: "Open the room" }));
    await waitFor(() =>
      expect(asks(app, "open_room")).toMatchObject([
        { body: { title: "Ideas", slug: "ideas", purpose: "For every idea." } },
      ]),
    );
  });
  it("that are for some let people in by name", async () => {
    const { app } = show("rooms");
    fireEvent.click(await screen.findByRole("button", { name: "Let people in: Carers’ corner" }));
    fireEvent.click(await screen.findByRole("button", { name: "Let in: Dorothy" }));
    await screen.findByText("Dorothy may come in now.");
    expect(asks(app, "admit")).toEqual([{ params: { room: "R2", person: "D" }, body: { admitted: true } }]);
  });
});

describe("the statement", () => {
  it("is sent with one value a line", async () => {
    const { app } = show("statement");
    fireEvent.input(await screen.findByLabelText("What we ask of each other, one on each line"), {
      target: { value: "One.\n\n  Two. \n" },
    });
    fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(asks(app, "change_community")).toMatchObject([{ body: { values: ["One.", "Two."] } }]));
  });
  it("is sent with the words at the door, whom it is for, and who is to be told", async () => {
    const { app } = show("statement");
    const type = (label: string, value: string): unknown =>
      fireEvent.input(screen.getByLabelText(label), { target: { value } });
    type("The question for a name", "Your name?");
    type("How people come here, one on each line", "carer\nfriend\n");
    type("Their name", "Joy");
    screen.getByRole("alert");
    fireEvent.click(screen.getByRole("button", { name: "Save" }));
    expect(asks(app, "change_community")).toEqual([]);
    type("How to reach that person", "the desk");
    fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() =>
      expect(asks(app, "change_community")).toMatchObject([
        {
          body: {
            admits: "adults",
            lead: "Joy",
            lead_contact: "the desk",
            standings: ["carer", "friend"],
            door: { ask: "Your name?" },
          },
        },
      ]),
    );
  });
});

describe("health", () => {
  it("says what to do where something is not well", async () => {
    show("health");
    await screen.findByText("1 thing needs a look.");
    screen.getByText("Make one every day.");
  });
  it("tells the last backup and how much room things take, in words", async () => {
    const { container } = show("health");
    await screen.findByText("last backup");
    const said = [...container.querySelectorAll(".figures div")].map((one) => one.textContent);
    expect(said).toEqual(
      expect.arrayContaining([
        "last backup5 hours ago",
        "size of the database3.21 GB",
        "room left on the disk52 GB",
        "messages kept, about12,345",
        "events kept, aboutnot known",
      ]),
    );
  });
});
