import { fireEvent, screen, waitFor, within } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import type { InvitationLine, InvitationMade, MemberLine, Role, RoomLine, WaitingLine } from "../../contract.gen";
import { Refused } from "../../state";
import { faults } from "../../testing/axe";
import { draw, FakeApp, FakeCommunity, FakeRoom } from "../../testing/fakes";
import { homeOf, MEMBERSHIP, NOW_MS, roomLine } from "../../testing/people";
import { stateOf } from "./Invitations";
import { Keep, partsFor } from "./Keep";
import { pictureOf } from "../../ui/picture";
import { usesFrom } from "./NewInvitation";

const QR = '<svg viewBox="0 0 9 9" class="segno"><path d="M0 0h9"/></svg>';
const MADE: InvitationMade = { invitation: "I1", code: "DTNQCJ", path: "/join/s3cret", qr: QR };

const line = (change: Partial<InvitationLine> = {}): InvitationLine => ({
  invitation: "I1",
  kind: "link",
  role: "member",
  room: null,
  staff: false,
  label: "Poster",
  uses: 0,
  used: 3,
  ends_ms: NOW_MS + 86_400_000,
  revoked: false,
  made_ms: NOW_MS,
  made_by: "Ruth",
  ...change,
});

const member = (name: string, roles: readonly Role[] = ["member"]): MemberLine => ({
  person: name,
  name,
  standing: null,
  roles,
  room_roles: [],
  accepted: true,
  joined_ms: NOW_MS,
  seen_ms: null,
});

function show(
  part: string,
  answers: ConstructorParameters<typeof FakeApp>[0] = {},
  roles: readonly Role[] = ["keeper"],
  waiting: readonly WaitingLine[] = [],
  rooms: readonly RoomLine[] = [roomLine(), roomLine({ room: "R2", title: "Carers’ corner", visibility: "invited" })],
) {
  const home = homeOf({
    waiting,
    me: { ...MEMBERSHIP, roles },
    rooms,
  });
  const app = new FakeApp(
    {
      members: () => ({ members: [member("Dorothy"), member("Ruth", ["keeper"])], next: null }),
      invitations: () => ({ invitations: [line()] }),
      make_invitation: () => MADE,
      set_role: () => ({ done: true }),
      change_room: () => ({ done: true }),
      change_community: () => home.community,
      revoke_invitation: () => ({ done: true }),
      people: () => ({ people: [{ person: "D", name: "Dorothy", standing: null, role: null }] }),
      admit: () => ({ done: true }),
      health: () => ({
        version: "0.1.0",
        checks: [
          { name: "database", ok: true, says: "It answers.", do: "" },
          { name: "backup", ok: false, says: "There is none.", do: "Make one every day." },
        ],
        sockets: 1,
        people_here: 2,
        posted_today: 14,
      }),
      ...answers,
    },
    new FakeRoom(),
    new FakeCommunity(home),
  );
  return { app, ...draw(<Keep slug="through-my-eyes" part={part} />, app) };
}

const asks = (app: FakeApp, route: string): readonly unknown[] =>
  app.asked.filter((one) => one.route === route).map((one) => one.ask);

describe("the keepers' page", () => {
  it("is for keepers, in part for hosts, for nobody else", () => {
    expect(partsFor({ roles: ["member", "keeper"], accepted: true })).toHaveLength(5);
    expect(partsFor({ roles: ["member", "host"], accepted: true })).toEqual(["rooms"]);
    expect(partsFor({ roles: ["member", "moderator"], accepted: true })).toEqual([]);
    expect(partsFor({ roles: ["member", "host"], accepted: false })).toEqual([]);
    show("members", {}, ["member"]);
    screen.getByRole("heading", { name: "Only keepers and hosts see this page." });
  });
  it.each(["members", "invitations", "rooms", "statement", "health"])(
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
      [{ person: "H", name: "Hana", role: "host", room: null, at_ms: NOW_MS, made_by: "Ruth", label: "" }],
    );
    await screen.findByRole("button", { name: "Yes, make Hana a host" });
    expect([...container.querySelectorAll("main h2")].map((one) => one.textContent)).toEqual([
      "Waiting for your yes",
      "Members",
    ]);
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
  it("are taken out only after a question", async () => {
    const { app } = show("members", { remove_member: () => ({ done: true }) });
    fireEvent.click(await screen.findByRole("button", { name: /Change the roles of Dorothy/ }));
    fireEvent.click(await screen.findByRole("button", { name: "Take out of the community" }));
    expect(asks(app, "remove_member")).toEqual([]);
    fireEvent.click(await screen.findByRole("button", { name: "Take out" }));
    await waitFor(() => expect(asks(app, "remove_member")).toHaveLength(1));
  });
});

describe("an invitation", () => {
  it("is shown once, as letters, as a link and as a picture", async () => {
    const { app } = show("invitations");
    fireEvent.click(await screen.findByRole("button", { name: "Make it" }));
    const dialog = await screen.findByRole("dialog");
    within(dialog).getByText("DTNQCJ", { selector: ".letters" });
    expect(within(dialog).getByLabelText<HTMLInputElement>("The link").value).toBe("http://localhost:3000/join/s3cret");
    expect(within(dialog).getByRole("img", { name: /QR/ }).getAttribute("src")).toMatch(/^data:image\/svg\+xml,/);
    expect(asks(app, "make_invitation")).toEqual([
      {
        params: { slug: "through-my-eyes" },
        body: { kind: "link", role: "member", staff: false, label: "", uses: 0, ends_in_s: 1_209_600, room: null },
      },
    ]);
  });
  it("goes on a wall in large print, with what a stranger wants to know", async () => {
    const printed = vi.fn();
    vi.stubGlobal("print", printed);
    const line_ = line({ invitation: MADE.invitation, kind: "code", room: roomLine().room });
    show("invitations", { invitations: () => ({ invitations: [line_] }) });
    fireEvent.click(await screen.findByRole("button", { name: "Make it" }));
    fireEvent.click(await screen.findByRole("button", { name: "Print a poster" }));
    expect(printed).toHaveBeenCalledOnce();
    const poster = document.querySelector(".poster");
    for (const told of ["Through My Eyes", "Waiting well", "DTNQCJ", "localhost:3000/j", "St Brannock’s Outpatients"]) {
      expect(poster?.textContent).toContain(told);
    }
    expect(poster?.querySelector("img")?.getAttribute("src")).toBe(pictureOf(QR));
  });
  it("to a role is for no wall", async () => {
    show("invitations", {
      invitations: () => ({ invitations: [line({ invitation: MADE.invitation, role: "host" })] }),
    });
    fireEvent.click(await screen.findByRole("button", { name: "Make it" }));
    await screen.findByRole("dialog");
    expect(screen.queryByRole("button", { name: "Print a poster" })).toBeNull();
    expect(document.querySelector(".poster")).toBeNull();
  });
  it("to a role is a link for one person, who comes within three days", async () => {
    const { app } = show("invitations");
    fireEvent.click(await screen.findByLabelText("A code to read out"));
    fireEvent.change(screen.getByLabelText("They come in as"), { target: { value: "host" } });
    expect(screen.queryByLabelText("A code to read out")).toBeNull();
    expect(screen.queryByLabelText("How many people may use it")).toBeNull();
    expect(screen.queryByLabelText("1 year")).toBeNull();
    screen.getByText(
      "This link is for one person. Send it to nobody else. When they have come in, you are asked to say yes to them.",
    );
    fireEvent.click(screen.getByRole("button", { name: "Make it" }));
    await screen.findByRole("dialog");
    expect(asks(app, "make_invitation")).toMatchObject([
      { body: { kind: "link", role: "host", uses: 1, ends_in_s: 259_200 } },
    ]);
  });
  it("is drawn by itself, so that nothing in it can touch the page", () => {
    const picture = decodeURIComponent(pictureOf(QR));
    expect(picture).toContain('<svg xmlns="http://www.w3.org/2000/svg" viewBox');
    expect(pictureOf('<svg xmlns="http://www.w3.org/2000/svg"/>').match(/xmlns/g)).toHaveLength(1);
  });
  it("works, or says why it doesn't", () => {
    const room = roomLine();
    expect(stateOf(line(), room, NOW_MS)).toBe("open");
    expect(stateOf(line({ revoked: true }), room, NOW_MS)).toBe("revoked");
    expect(stateOf(line({ ends_ms: NOW_MS }), room, NOW_MS)).toBe("over");
    expect(stateOf(line({ uses: 3 }), room, NOW_MS)).toBe("full");
    expect(stateOf(line({ kind: "code" }), room, NOW_MS)).toBe("open");
    expect(stateOf(line({ kind: "code" }), roomLine({ closed: true }), NOW_MS)).toBe("over");
    expect(stateOf(line({ kind: "link" }), roomLine({ closed: true }), NOW_MS)).toBe("open");
  });
  it("as a code is for one room that is open", async () => {
    const closed = roomLine({ room: "R0", title: "Last month", closed: true });
    const { app } = show(
      "invitations",
      {},
      ["keeper"],
      [],
      [closed, roomLine(), roomLine({ room: "R2", title: "Corner" })],
    );
    fireEvent.click(await screen.findByLabelText("A code to read out"));
    const to = screen.getByLabelText<HTMLSelectElement>("To");
    expect([...to.options].map((one) => one.text)).toEqual(["Waiting well", "Corner"]);
    fireEvent.change(to, { target: { value: "R2" } });
    fireEvent.click(screen.getByRole("button", { name: "Make it" }));
    await screen.findByRole("dialog");
    expect(asks(app, "make_invitation")).toMatchObject([{ body: { kind: "code", room: "R2" } }]);
  });
  it("as a code waits until there is a room", async () => {
    const { app } = show("invitations", {}, ["keeper"], [], []);
    fireEvent.click(await screen.findByLabelText("A code to read out"));
    screen.getByText("A code is for one room. Open a room first.");
    fireEvent.click(screen.getByRole("button", { name: "Make it" }));
    expect(asks(app, "make_invitation")).toEqual([]);
  });
  it("lets in as many as was typed, and nothing typed is no limit", () => {
    expect(["", " ", "1", "10000", "0", "-1", "1.5", "10001", "many"].map(usesFrom)).toEqual([
      0,
      0,
      1,
      10_000,
      null,
      null,
      null,
      null,
      null,
    ]);
  });
  it("is taken back only after a question", async () => {
    const { app } = show("invitations");
    fireEvent.click(await screen.findByRole("button", { name: "Take it back: Poster" }));
    expect(asks(app, "revoke_invitation")).toEqual([]);
    fireEvent.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Take it back" }));
    await waitFor(() => expect(asks(app, "revoke_invitation")).toHaveLength(1));
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
    fireEvent.input(await screen.findByLabelText(/one on each line/), { target: { value: "One.\n\n  Two. \n" } });
    fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(asks(app, "change_community")).toMatchObject([{ body: { values: ["One.", "Two."] } }]));
  });
});

describe("health", () => {
  it("says what to do where something is not well", async () => {
    show("health");
    await screen.findByText("1 thing needs a look.");
    screen.getByText("Make one every day.");
  });
});
