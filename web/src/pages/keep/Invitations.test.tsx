import { fireEvent, screen, waitFor, within } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import { asks, line, QR, show } from "../../testing/keep";
import { NOW_MS, roomLine } from "../../testing/people";
import { pictureOf } from "../../ui/picture";
import { stateOf } from "./Invitations";
import { usesFrom } from "./NewInvitation";

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
    const printed = vi.fn<() => void>();
    vi.stubGlobal("print", printed);
    show("invitations");
    fireEvent.click(await screen.findByLabelText("A code to read out"));
    fireEvent.change(screen.getByLabelText("To"), { target: { value: roomLine().room } });
    fireEvent.click(screen.getByRole("button", { name: "Make it" }));
    fireEvent.click(await screen.findByRole("button", { name: "Print a poster" }));
    expect(printed).toHaveBeenCalledOnce();
    const poster = document.querySelector(".poster");
    for (const told of ["Through My Eyes", "Waiting well", "DTNQCJ", "localhost:3000/j", "St Brannock’s Outpatients"]) {
      expect(poster?.textContent).toContain(told);
    }
    expect(poster?.querySelector("img")?.getAttribute("src")).toBe(pictureOf(QR));
  });
  it.each([
    ["a role", () => fireEvent.change(screen.getByLabelText("They come in as"), { target: { value: "host" } })],
    ["staff", () => fireEvent.click(screen.getByLabelText(/They are staff/))],
    ["one person", () => fireEvent.input(screen.getByLabelText(/How many people/), { target: { value: "1" } })],
  ])("for %s is for no wall", async (_, choose) => {
    show("invitations");
    await screen.findByRole("button", { name: "Make it" });
    choose();
    fireEvent.click(screen.getByRole("button", { name: "Make it" }));
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
    expect(stateOf(line(), NOW_MS)).toBe("open");
    expect(stateOf(line({ revoked: true }), NOW_MS)).toBe("revoked");
    expect(stateOf(line({ ends_ms: NOW_MS }), NOW_MS)).toBe("over");
    expect(stateOf(line({ uses: 3 }), NOW_MS)).toBe("full");
    expect(stateOf(line({ uses: 3, waits: true, ends_ms: NOW_MS }), NOW_MS)).toBe("waits");
  });
  it("is taken back also when somebody waits for its role, who gets nothing then", async () => {
    const { app } = show("invitations", {
      invitations: () => ({ invitations: [line({ role: "host", uses: 1, used: 1, waits: true })] }),
    });
    await screen.findByText("Waits for a yes");
    fireEvent.click(screen.getByRole("button", { name: /^Take it back:/ }));
    const question = await screen.findByRole("dialog", { name: "Take this invitation back?" });
    expect(question.textContent).toContain("Who waits for a role will not get it.");
    fireEvent.click(within(question).getByRole("button", { name: "Take it back" }));
    await waitFor(() => expect(asks(app, "revoke_invitation")).toHaveLength(1));
  });
  it("as a code is for one room that is open to its people, which the keeper chooses", async () => {
    const rooms = [
      roomLine({ room: "R0", title: "Last month", closed: true }),
      roomLine({ room: "RT", title: "The team", visibility: "team" }),
      roomLine(),
      roomLine({ room: "R2", title: "Corner" }),
    ];
    const has = line({ kind: "code", room: "R2" });
    const { app } = show("invitations", { invitations: () => ({ invitations: [has] }) }, ["keeper"], [], rooms);
    fireEvent.click(await screen.findByLabelText("A code to read out"));
    const to = screen.getByLabelText<HTMLSelectElement>("To");
    expect([...to.options].map((one) => one.text)).toEqual(["Choose the room", "Waiting well", "Corner"]);
    fireEvent.click(screen.getByRole("button", { name: "Make it" }));
    await screen.findByText("A code is for one room. Choose the room.");
    expect(asks(app, "make_invitation")).toEqual([]);
    expect(screen.queryByText("The code that this room has now will stop working.")).toBeNull();
    fireEvent.change(to, { target: { value: "R2" } });
    screen.getByText("The code that this room has now will stop working.");
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
