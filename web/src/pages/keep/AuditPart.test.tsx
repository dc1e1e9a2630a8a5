import { fireEvent, screen, waitFor } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import type { AuditLine, What } from "../../contract.gen";
import { act, asks, memberOf, show } from "../../testing/keep";
import { audit as en } from "../../words/audit.en";
import { audit as pl } from "../../words/audit.pl";

const page = (lines: readonly AuditLine[], more: object = {}): unknown => ({ lines, next: null, chain: null, ...more });
const words = (container: Element): readonly (string | null)[] =>
  [...container.querySelectorAll(".lines b")].map((one) => one.textContent);

describe("what was done", () => {
  it("is said in words, with the names of now, and by whom", async () => {
    const { container } = show("audit", {
      audit: () =>
        page([
          act({ number: 9, what: "message.remove", person: null, room: "Waiting well", details: {} }),
          act({ number: 8, details: { role: "host", held: false, answers: false }, room: "Waiting well" }),
          act({ number: 7, details: { role: "keeper", held: true, answers: true } }),
          act({ number: 6, what: "sessions.end", person: { person: "G", name: null }, details: {} }),
          act({
            number: 5,
            what: "room.change",
            person: null,
            room: "The den",
            details: { visibility: "team", hide_names: false },
          }),
          act({
            number: 5,
            what: "community.change",
            person: null,
            details: { admits: "sixteen", lead: true, lead_contact: true, of_tomorrow: true },
          }),
          act({ number: 4, what: "people.link", by: null, details: {} }),
          act({ number: 3, what: null, details: {} }),
        ]),
    });
    await screen.findByText("A message was removed in Waiting well");
    expect(words(container)).toEqual([
      "A message was removed in Waiting well",
      "Dorothy is no longer a host in Waiting well",
      "Dorothy got a yes to being a keeper",
      "someone no longer here was signed out everywhere",
      "The room The den was changed: it is only for the team and names may not be hidden",
      "What the community states was changed: who may join (16 and over) and the lead for concerns",
      "A link was made that signs Dorothy in",
      "Something that this version of Hearth does not know",
    ]);
    expect(screen.getByText(/Whoever runs the server · /)).toBeTruthy();
    expect(screen.getAllByText(/Ruth · Today, /)).toHaveLength(7);
  });
  it.each(Object.keys(en.said) as What[])("%s has words in each language, also when everybody has gone", (what) => {
    for (const t of [en, pl]) {
      const said = t.said[what]({ person: t.someone, room: null, details: {} });
      expect(said.length).toBeGreaterThan(8);
      expect(said).not.toMatch(/undefined|null|NaN|_/);
    }
  });
  it("says whether anybody has changed it since", async () => {
    show("audit", {
      audit: () => page([act()], { chain: { count: 900, looked: 200, checked_ms: null, fault: null } }),
    });
    await screen.findByText("The newest 200 of 900 entries are as they were written.");
  });
  it("says which entry was changed, and what to do", async () => {
    show("audit", { audit: () => page([act()], { chain: { count: 9, looked: 9, checked_ms: null, fault: 4 } }) });
    await screen.findByText(/Entry 4 is not as it was written. Ask whoever runs the server/);
    expect(screen.queryByText(/are as they were written/)).toBeNull();
  });
  it("finds those too who have gone", async () => {
    const gone = act({ what: "member.remove", person: { person: "B", name: "Benedict" }, details: {} });
    const { app } = show("audit", { audit: () => page([gone]), members: () => ({ members: [], next: null }) });
    await screen.findByText("Benedict was taken out of the community");
    fireEvent.input(screen.getByLabelText(/Find a member/), { target: { value: "Ben" } });
    fireEvent.click(await screen.findByRole("button", { name: "Benedict" }));
    await waitFor(() => expect(asks(app, "audit").at(-1)).toMatchObject({ query: { person: "B" } }));
  });
  it("is looked through by kind, by person and by page", async () => {
    const { app } = show("audit", {
      audit: (ask: unknown) =>
        JSON.stringify(ask).includes("cursor")
          ? page([act({ number: 1, details: { role: "moderator", held: true, answers: false } })])
          : page([act({ number: 2 })], { next: "2" }),
      members: () => ({ members: [{ ...memberOf("Dorothy"), person: "D" }], next: null }),
    });
    fireEvent.change(await screen.findByLabelText("Show"), { target: { value: "roles.set" } });
    await waitFor(() => expect(asks(app, "audit").at(-1)).toMatchObject({ query: { what: "roles.set" } }));
    fireEvent.input(screen.getByLabelText(/Find a member/), { target: { value: "do" } });
    fireEvent.click(await screen.findByRole("button", { name: "Dorothy" }));
    await screen.findByText("Only about Dorothy");
    await waitFor(() => expect(asks(app, "audit").at(-1)).toMatchObject({ query: { what: "roles.set", person: "D" } }));
    fireEvent.click(await screen.findByRole("button", { name: "More" }));
    await screen.findByText("Dorothy was made a moderator");
    screen.getByText("Dorothy was made a host");
    expect(asks(app, "audit").at(-1)).toMatchObject({ query: { what: "roles.set", person: "D", cursor: "2" } });
    fireEvent.click(screen.getByRole("button", { name: "About everybody again" }));
    await waitFor(() => expect(asks(app, "audit").at(-1)).toMatchObject({ query: { what: "roles.set" } }));
    expect(screen.queryByText("Only about Dorothy")).toBeNull();
  });
});
