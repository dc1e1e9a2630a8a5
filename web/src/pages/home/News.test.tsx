import { fireEvent, screen, waitFor } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { faults } from "../../testing/axe";
import { draw, FakeApp } from "../../testing/fakes";
import { homeOf, ids, NOW_MS, roomLine } from "../../testing/people";
import { Involved } from "./Involved";
import { News } from "./News";
import { TellPeople } from "./TellPeople";

const SLUG = "through-my-eyes";
const asks = (app: FakeApp, route: string): readonly unknown[] =>
  app.asked.filter((one) => one.route === route).map((one) => one.ask);

describe("news", () => {
  it("says what the team told, leads to the room and is put away", async () => {
    const app = new FakeApp({ seen_news: () => ({ done: true }) });
    const line = {
      news: "N1",
      room: ids("room"),
      kind: "coming",
      says: "Tea and cake.",
      when: "Thursday at 3",
      at_ms: NOW_MS,
    } as const;
    draw(<News home={homeOf({ news: [line] })} />, app);
    expect(screen.getByText("Thursday at 3")).toBeTruthy();
    expect(screen.getByRole("link", { name: "Open Waiting well" }).getAttribute("href")).toContain("/r/waiting-well");
    fireEvent.click(screen.getByRole("button", { name: "Put away: Tea and cake." }));
    await waitFor(() => expect(asks(app, "seen_news")).toEqual([{ params: { slug: SLUG, news: "N1" } }]));
  });
});

describe("the switches", () => {
  it("say what each brings and are kept when moved", async () => {
    const app = new FakeApp({ involve: () => ({ done: true }) });
    const { container } = draw(<Involved home={homeOf()} />, app);
    fireEvent.click(screen.getByRole("switch", { name: /^Improve/ }));
    await waitFor(() =>
      expect(asks(app, "involve")).toEqual([
        { params: { slug: SLUG }, body: { communicate: true, improve: true, share: false, inspire: false } },
      ]),
    );
    expect(await faults(container)).toEqual([]);
  });
});

describe("telling people", () => {
  it("is for who may tell of a room, and says when no mail can go out", () => {
    const app = new FakeApp({});
    const { rerender } = draw(<TellPeople home={homeOf()} />, app);
    expect(screen.queryByRole("button")).toBeNull();
    rerender(<TellPeople home={homeOf({ rooms: [roomLine({ tells: true })], mail: false })} />);
    expect(screen.getByText("People cannot be reminded: mail is not set up.")).toBeTruthy();
  });
  it("sends one line and a time, and nothing that is empty", async () => {
    const app = new FakeApp({ tell_people: () => ({ mail: true }) });
    draw(<TellPeople home={homeOf({ rooms: [roomLine({ tells: true })] })} />, app);
    fireEvent.click(screen.getByRole("button", { name: "Tell people" }));
    fireEvent.click(screen.getByRole("button", { name: "Tell them" }));
    await screen.findByText("Please write a line first.");
    fireEvent.input(screen.getByRole("textbox", { name: "Your line" }), { target: { value: "Tea." } });
    fireEvent.input(screen.getByRole("textbox", { name: "When, in words" }), { target: { value: "Thursday at 3" } });
    fireEvent.click(screen.getByRole("button", { name: "Tell them" }));
    await waitFor(() =>
      expect(asks(app, "tell_people")).toMatchObject([
        { params: { slug: SLUG }, body: { room: ids("room"), kind: "coming", says: "Tea.", when: "Thursday at 3" } },
      ]),
    );
  });
});
