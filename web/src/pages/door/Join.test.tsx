import { fireEvent, screen, waitFor } from "@testing-library/preact";
import { afterEach, describe, expect, it } from "vitest";
import type { Code, InvitationLook } from "../../contract.gen";
import { go, route } from "../../shell/location";
import { Refused, Unreachable } from "../../state";
import { faults } from "../../testing/axe";
import { draw, FakeApp } from "../../testing/fakes";
import { wordsIn } from "../../ui/statement";
import { COMMUNITY, lookOf, MEMBERSHIP } from "../../testing/people";
import { Join } from "./Join";

const INTO = { community_slug: "through-my-eyes", room_slug: "waiting-well", person: "W" };

function open(look: InvitationLook = lookOf(), join: () => unknown = () => INTO) {
  const app = new FakeApp({ look_invitation: () => look, join });
  return { app, ...draw(<Join secret="s3cret" />, app) };
}

const nameField = (): Promise<HTMLElement> => screen.findByRole("textbox", { name: "What shall we call you?" });
const joined = (app: FakeApp): unknown => app.asked.find((one) => one.route === "join")?.ask;

afterEach(() => go("/", { replace: true }));

describe("the join screen", () => {
  it("says it all in at most 120 words", async () => {
    const { container } = open();
    await nameField();
    const count = wordsIn(container);
    expect(container.textContent).toContain("Through My Eyes");
    expect(count).toBeGreaterThan(60);
    expect(count).toBeLessThanOrEqual(120);
  });
  it("says who invites, who sees it, how long it is kept, the one limit, who runs it, and what is asked", async () => {
    const { container } = open();
    await nameField();
    for (const said of [
      "Ruth invites you to Waiting well.",
      "210 members. Kept for 365 days.",
      "If someone is in danger, we may have to tell others.",
      "Not medical advice. Not for emergencies.",
      "Run by St Brannock’s Outpatients: 01234 567890",
      "Speak from what you have lived.",
    ]) {
      expect(container.textContent).toContain(said);
    }
  });
  it.each([
    ["adults", "For adults (18 and over)."],
    ["sixteen", "For people of 16 and over."],
    ["young", "For young people. A grown-up reads everything first."],
  ] as const)("says in one line that it is for %s", async (admits, said) => {
    const { container } = open(lookOf({ community: { ...COMMUNITY, admits } }));
    await nameField();
    expect(container.textContent).toContain(said);
  });
  it("is in the community's own words wherever it has written some", async () => {
    const door = {
      invites: "{name} would like you to see {place}.",
      ask: "Your name?",
      ask_help: "Any will do.",
      come: "I am a",
      sees: "all of us.",
      limit: "We tell if we must.",
      not_for: "No doctor is here.",
      values: "Our rules",
      yes: "By joining you agree.",
    };
    const { container } = open(lookOf({ community: { ...COMMUNITY, door } }));
    await screen.findByRole("textbox", { name: "Your name?" });
    for (const said of Object.values({ ...door, invites: "Ruth would like you to see Waiting well." })) {
      expect(container.textContent).toContain(said);
    }
    for (const ours of [
      "invites you",
      "What shall",
      "First name",
      "How I come",
      "210",
      "danger",
      "medical",
      "What we",
    ]) {
      expect(container.textContent).not.toContain(ours);
    }
    expect(await faults(container)).toEqual([]);
  });
  it("says that a role waits for a keeper's yes", async () => {
    const { container } = open(lookOf({ role: "host" }));
    await nameField();
    expect(container.textContent).toContain("You are asked to be a host in Waiting well. Until a keeper says yes,");
  });
  it("uses nothing up by being looked at", async () => {
    const { app } = open();
    await nameField();
    expect(app.asked.map((one) => one.route)).toEqual(["look_invitation"]);
  });
  it("is right for assistive technology", async () => {
    const { container } = open();
    await nameField();
    expect(await faults(container)).toEqual([]);
  });
});

describe("joining", () => {
  it("takes a name alone, and goes straight to the room", async () => {
    const { app } = open();
    fireEvent.input(await nameField(), { target: { value: "  Wren " } });
    fireEvent.click(screen.getByRole("button", { name: "Join in" }));
    await waitFor(() => expect(route.value).toMatchObject({ is: "room", room: "waiting-well" }));
    expect(joined(app)).toEqual({
      body: {
        secret: "s3cret",
        nonce: expect.stringMatching(/^[\w-]{22}$/),
        name: "Wren",
        standing: null,
        listen: false,
        shared: false,
      },
    });
  });
  it("takes along what was chosen, and listening", async () => {
    const { app } = open();
    fireEvent.input(await nameField(), { target: { value: "Wren" } });
    fireEvent.click(screen.getByRole("radio", { name: "carer" }));
    fireEvent.click(screen.getByRole("checkbox", { name: "This device is shared" }));
    fireEvent.click(screen.getByRole("button", { name: "Just listen" }));
    await waitFor(() => expect(route.value).toMatchObject({ is: "room" }));
    expect(joined(app)).toEqual({
      body: {
        secret: "s3cret",
        nonce: expect.stringMatching(/^[\w-]{22}$/),
        name: "Wren",
        standing: "carer",
        listen: true,
        shared: true,
      },
    });
  });
  it("needs a name, says so beside the field, and goes there", async () => {
    const { app } = open();
    const field = await nameField();
    fireEvent.click(screen.getByRole("button", { name: "Join in" }));
    expect((await screen.findByRole("alert")).textContent).toContain("Please tell us a name first.");
    expect(field.getAttribute("aria-invalid")).toBe("true");
    expect(document.activeElement).toBe(field);
    expect(joined(app)).toBeUndefined();
  });
  it.each([
    ["name_taken", "add one more word"],
    ["name_looks_full", "A first name is enough"],
    ["name_bad", "try another"],
    ["name_reserved", "like the team"],
  ] as [Code, string][])("says %s beside the field, and goes there", async (code, said) => {
    open(lookOf(), () => {
      throw new Refused(code);
    });
    const field = await nameField();
    fireEvent.input(field, { target: { value: "Wren" } });
    fireEvent.click(screen.getByRole("button", { name: "Join in" }));
    expect((await screen.findByRole("alert")).textContent).toContain(said);
    const described = field.getAttribute("aria-describedby")?.split(" ") ?? [];
    expect(described.some((id) => document.getElementById(id)?.textContent?.includes(said))).toBe(true);
    await waitFor(() => expect(document.activeElement).toBe(field));
  });
  it("does once what was pressed twice", async () => {
    const { app } = open();
    fireEvent.input(await nameField(), { target: { value: "Wren" } });
    const button = screen.getByRole("button", { name: "Join in" });
    fireEvent.click(button);
    fireEvent.click(button);
    await waitFor(() => expect(route.value).toMatchObject({ is: "room" }));
    expect(app.asked.filter((one) => one.route === "join")).toHaveLength(1);
  });
  it("asks nobody how they come here who was invited as staff", async () => {
    open(lookOf({ staff: true }));
    await nameField();
    expect(screen.queryByRole("radio")).toBeNull();
    screen.getByText(/You come as staff/);
  });
  it("lets members go straight in", async () => {
    const { app } = open(lookOf({ member: MEMBERSHIP }));
    await waitFor(() => expect(route.value).toMatchObject({ is: "room", slug: "through-my-eyes" }));
    expect(joined(app)).toEqual({ body: { secret: "s3cret" } });
  });
  it("leads a member who now waits for a role to where that is said", async () => {
    const home = () => ({ ...INTO, room_slug: null });
    open(lookOf({ member: MEMBERSHIP, role: "host" }), home);
    await waitFor(() => expect(route.value).toEqual({ is: "home", slug: "through-my-eyes" }));
  });
  it("lets a member whose invitation is over in to where it led", async () => {
    const over = (): never => {
      throw new Refused("invitation_expired");
    };
    open(lookOf({ member: MEMBERSHIP }), over);
    await waitFor(() => expect(route.value).toMatchObject({ is: "room", slug: "through-my-eyes" }));
  });
});

describe("an invitation that lets nobody in", () => {
  it.each([
    ["invitation_expired", "has run out"],
    ["invitation_used_up", "as often as it can be"],
    ["invitation_revoked", "was taken back"],
    ["invitation_unknown", "don’t know this invitation"],
  ] as [Code, string][])("says which (%s), and how to get a new one", async (code, said) => {
    const app = new FakeApp({
      look_invitation: () => {
        throw new Refused(code);
      },
    });
    draw(<Join secret="s3cret" />, app);
    expect((await screen.findByText(new RegExp(said))).textContent).toMatch(/new one/);
    screen.getByRole("link", { name: "Type a code instead" });
  });
  it("can be tried again when it was only the line", async () => {
    let down = true;
    const app = new FakeApp({
      look_invitation: () => {
        if (down) throw new Unreachable();
        return lookOf();
      },
    });
    draw(<Join secret="s3cret" />, app);
    const again = await screen.findByRole("button", { name: "Try again" });
    down = false;
    fireEvent.click(again);
    await nameField();
  });
});
