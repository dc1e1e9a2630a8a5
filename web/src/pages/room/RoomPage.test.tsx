import { act, fireEvent, screen, within } from "@testing-library/preact";
import { afterEach, describe, expect, it, vi } from "vitest";
import { setReading } from "../../reading/settings";
import type { Row } from "../../state";
import { faults } from "../../testing/axe";
import { draw, FakeApp, FakeRoom } from "../../testing/fakes";
import { NOW_MS, ROOM, row, screenOf, shown, WREN } from "../../testing/people";
import { RoomPage } from "./RoomPage";

function enter(rows: readonly Row[], change: Parameters<typeof screenOf>[1] = {}) {
  const room = new FakeRoom(screenOf(rows, change));
  const app = new FakeApp({}, room);
  const page = draw(<RoomPage id={ROOM.room} slug="through-my-eyes" roomSlug="waiting-well" message={null} />, app);
  return { room, app, ...page };
}

const talk = [
  { is: "day", key: "day", at_ms: NOW_MS } as const,
  row(shown("I mind not knowing.", { seq: 1 })),
  { is: "new", key: "new", count: 1 } as const,
  row(shown("Could we get a text?", { seq: 2, by: "Bilal" })),
];

describe("a room", () => {
  it("has its name, the talk in order, its days and where the new begins", () => {
    const { container } = enter(talk);
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Waiting well");
    const rows = [...container.querySelectorAll(".rows > li")].map((line) => line.textContent ?? "");
    expect(rows[0]).toBe("Today");
    expect(rows[1]).toContain("I mind not knowing.");
    expect(rows[2]).toBe("New since you were last here");
    expect(rows[3]).toContain("Could we get a text?");
  });
  it("says which messages are on their way, on the side where they will stand", () => {
    const { container } = enter(talk, { earlier: { is: "more" }, later: { is: "loading" } });
    const edges = [...container.querySelectorAll(".edge")].map((line) => line.textContent);
    expect(edges).toEqual(["Earlier messages are on their way…", "Later messages are on their way…"]);
  });
  it("is a log that a screen reader is told about in another place, once", () => {
    enter(talk);
    expect(screen.getByRole("log").getAttribute("aria-live")).toBe("off");
  });
  it("follows the room while it is shown", async () => {
    const { room, unmount } = enter(talk);
    expect(room.deeds).toContain("enter");
    unmount();
    await vi.waitFor(() => expect(room.deeds).toContain("leave"));
  });
  it("says to whoever comes first that theirs could be the first words", () => {
    enter([]);
    screen.getByText("Nobody has written yet. Yours could be the first.");
  });
  it("that is closed can be read, and says so", () => {
    enter(talk, { room: { ...ROOM, closed: true } });
    screen.getByText(/This room is closed/);
    expect(screen.queryByRole("textbox")).toBeNull();
  });
  it("that is gone says no more than that", () => {
    const { room } = enter(talk);
    act(() => {
      room.state.value = { is: "gone", code: "not_found" };
    });
    screen.getByRole("heading", { name: "This room is not here" });
  });
  it("tells somebody who is muted until when, and hides nothing else", () => {
    const room = new FakeRoom(screenOf(talk, { me: { ...WREN, mutedUntil_ms: NOW_MS } }));
    room.denied.set("message.post", "muted");
    draw(<RoomPage id={ROOM.room} slug="s" roomSlug="r" message={null} />, new FakeApp({}, room));
    screen.getByText(/You can’t write here until .*11/);
  });
  it("that does not come says whether the line is why", async () => {
    const app = new FakeApp({}, new FakeRoom(null));
    app.connection.value = { is: "reconnecting", tries: 2 };
    draw(<RoomPage id={ROOM.room} slug="s" roomSlug="r" message={null} />, app);
    await screen.findByText("Connection dropped. Trying again…");
    act(() => {
      app.connection.value = { is: "offline" };
    });
    screen.getByText(/^You are offline/);
  });
  it("is right for assistive technology", async () => {
    const { container } = enter(talk);
    expect(await faults(container)).toEqual([]);
  });
});

describe("ten thousand messages", () => {
  const many = Array.from({ length: 10_000 }, (_, i) => row(shown(`Message ${i}`, { seq: i + 1 })));

  it("are a page of a bounded number of rows, the newest among them", () => {
    const { container } = enter(many);
    expect(container.querySelectorAll(".rows > li[data-key]").length).toBeLessThanOrEqual(120);
    screen.getByText("Message 9999");
    expect(screen.queryByText("Message 5000")).toBeNull();
  });
  it("keep their room on the page", () => {
    const { container } = enter(many);
    const spacer = container.querySelector<HTMLElement>(".rows > li[aria-hidden]");
    expect(Number.parseFloat(spacer?.style.getPropertyValue("block-size") ?? "")).toBeGreaterThan(100_000);
  });
  it("and one more are drawn without drawing the others anew", () => {
    const { room, container } = enter(many);
    const before = container.querySelector(".rows > li:nth-last-child(1)");
    act(() => {
      room.screen.value = screenOf([...many, row(shown("The newest", { seq: 10_001 }))]);
    });
    screen.getByText("The newest");
    expect(container.querySelector(".rows > li:nth-last-child(2)")).toBe(before);
  });
});

describe("what is read out", () => {
  const later = (room: FakeRoom, rows: readonly Row[], seq: number): void => {
    void act(() => {
      room.screen.value = screenOf(rows, { seq });
    });
  };
  const heard = (container: Element): string => container.querySelector('p[aria-live="polite"]')?.textContent ?? "";

  it("is one message in its words, several as a number, mine and the old not at all", () => {
    vi.useFakeTimers();
    const { room, container } = enter(talk, { seq: 2 });
    const one = row(shown("One more thing.", { seq: 3, by: "Kwame" }));
    later(room, [...talk, one], 3);
    act(() => void vi.advanceTimersByTime(1300));
    expect(heard(container)).toBe("Kwame: One more thing.");
    const burst = [4, 5, 6, 7, 8, 9].map((seq) => row(shown(`Burst ${seq}`, { seq })));
    later(room, [...talk, one, ...burst.slice(0, 2)], 5);
    later(room, [...talk, one, ...burst], 9);
    act(() => void vi.advanceTimersByTime(1300));
    expect(heard(container)).toBe("6 new messages");
    later(room, [...talk, one, ...burst, row(shown("Mine", { seq: 10, own: true }))], 10);
    act(() => void vi.advanceTimersByTime(1300));
    expect(heard(container)).toBe("6 new messages");
    vi.useRealTimers();
  });
});

describe("the line", () => {
  it("says that it dropped, and that nothing is lost", () => {
    const { app } = enter(talk);
    act(() => {
      app.connection.value = { is: "reconnecting", tries: 1 };
    });
    expect(
      screen.getAllByRole("status").some((one) => /Trying again… Nothing is lost\./.test(one.textContent ?? "")),
    ).toBe(true);
  });
  it("has exact words for being offline", () => {
    const { app } = enter(talk);
    act(() => {
      app.connection.value = { is: "offline" };
    });
    screen.getByText("You are offline. You can go on writing; it goes out when you are back.");
    screen.getByRole("textbox");
  });
  it("stands before who is writing", () => {
    const { app, room } = enter(talk);
    act(() => {
      room.typing.value = { people: [{ person: "J", name: "Joan" }], more: 0 };
    });
    screen.getByText("Joan is writing …");
    act(() => {
      app.connection.value = { is: "reconnecting", tries: 1 };
    });
    expect(screen.queryByText("Joan is writing …")).toBeNull();
  });
  it("tells the team of a rush, and stops when it is over", () => {
    const { room } = enter(talk);
    const words = "So many are writing that some words wait a moment. They go out by themselves.";
    act(() => {
      room.pressed.value = true;
    });
    screen.getByText(words);
    act(() => {
      room.pressed.value = false;
    });
    expect(screen.queryByText(words)).toBeNull();
  });
});

describe("answers", () => {
  const answered = row(
    shown("I mind not knowing.", { seq: 1, replies: [shown("We could write it down.", { by: "Kwame" })] }),
  );

  it("open under their message, and close again", () => {
    enter([answered]);
    const button = screen.getByRole("button", { name: "1 reply" });
    expect(screen.queryByText("We could write it down.")).toBeNull();
    fireEvent.click(button);
    expect(button.getAttribute("aria-expanded")).toBe("true");
    const thread = screen.getByRole("region", { name: "Replies to Dorothy" });
    within(thread).getByText("We could write it down.");
    fireEvent.click(button);
    expect(screen.queryByText("We could write it down.")).toBeNull();
  });
  it("have no second level", () => {
    enter([answered]);
    fireEvent.click(screen.getByRole("button", { name: "1 reply" }));
    const thread = screen.getByRole("region", { name: "Replies to Dorothy" });
    expect(within(thread).getAllByRole("button", { name: /^Reply/ })).toHaveLength(1);
  });
  it("are sent to the message they stand under", () => {
    const { room } = enter([answered]);
    fireEvent.click(screen.getByRole("button", { name: "1 reply" }));
    const box = screen.getByRole("textbox", { name: "Your reply to Dorothy" });
    fireEvent.input(box, { target: { value: "Yes.", selectionStart: 4 } });
    fireEvent.click(screen.getByRole("button", { name: "Reply" }));
    expect(room.composer.sent).toEqual([{ slot: { is: "reply", to: answered.key }, text: "Yes." }]);
  });
});

describe("who just listens", () => {
  it("sees what is asked of everyone, and joins in by one press", async () => {
    const room = new FakeRoom(screenOf(talk));
    room.denied.set("message.post", "values_first");
    const app = new FakeApp({ accept_values: () => ({}) }, room);
    draw(<RoomPage id={ROOM.room} slug="through-my-eyes" roomSlug="waiting-well" message={null} />, app);
    screen.getByText(/You are listening/);
    screen.getByText("Speak from what you have lived.");
    fireEvent.click(screen.getByRole("button", { name: "Join in" }));
    await vi.waitFor(() => expect(app.asked.map((one) => one.route)).toContain("accept_values"));
  });
});

describe("leaving", () => {
  it("asks first on a shared device, because it signs out", () => {
    const { app } = enter(talk);
    act(() => {
      const me = {
        person: WREN.person,
        communities: [],
        shared_idle_s: 900,
        claimed: true,
        way_back: null,
        came_back: [],
        organisation: null,
        connected: false,
        proof: null,
        idle: null,
      };
      app.session.state.value = { is: "in", person: WREN.person, me };
    });
    fireEvent.click(screen.getAllByRole("button", { name: "Leave" })[0] as HTMLElement);
    fireEvent.click(screen.getByRole("button", { name: "Sign out" }));
    expect(app.ended).toEqual(["sign out"]);
  });
});

describe("a room in the calm view", () => {
  afterEach(() => setReading({ calm: false }));
  const mixed = [
    row(shown("Nobody told me anything.", { seq: 1 })),
    row(shown("Same here.", { seq: 2, by: "Bilal" })),
    row(shown("What would have helped?", { seq: 3, author: { person: null, name: "Ruth", role: "host" } })),
  ];

  it("shows what matters, and the rest when its line is pressed", async () => {
    setReading({ calm: true });
    const { container } = enter(mixed);
    screen.getByText("What would have helped?");
    expect(screen.queryByText("Same here.")).toBeNull();
    fireEvent.click(screen.getByRole("button", { name: "2 more messages" }));
    screen.getByText("Same here.");
    await vi.waitFor(() => expect(document.activeElement?.textContent).toContain("Nobody told me anything."));
    expect(await faults(container)).toEqual([]);
  });
  it("can be chosen and left again while one reads", () => {
    enter(mixed);
    screen.getByText("Same here.");
    act(() => setReading({ calm: true }));
    expect(screen.queryByText("Same here.")).toBeNull();
    act(() => setReading({ calm: false }));
    screen.getByText("Same here.");
  });
  it("reads out what matters and calls to nothing else", () => {
    vi.useFakeTimers();
    setReading({ calm: true });
    const { room, container } = enter(mixed, { seq: 3 });
    const told = (rows: readonly Row[], seq: number): string => {
      act(() => {
        room.screen.value = screenOf(rows, { seq });
      });
      act(() => void vi.advanceTimersByTime(1300));
      return container.querySelector('p[aria-live="polite"]')?.textContent ?? "";
    };
    const more = [...mixed, row(shown("One more thing.", { seq: 4 }))];
    expect(told(more, 4)).toBe("");
    expect(told([...more, row(shown("Wren, and you?", { seq: 5, by: "Kwame", mentionsMe: true }))], 5)).toBe(
      "Kwame: Wren, and you?",
    );
    vi.useRealTimers();
  });
  it("fetches nothing by itself, as a whole page may be one line", () => {
    setReading({ calm: true });
    const { room } = enter(mixed, { earlier: { is: "more" } });
    expect(room.deeds).not.toContain("load earlier");
    fireEvent.click(screen.getByRole("button", { name: "Show earlier messages" }));
    expect(room.deeds).toContain("load earlier");
  });
});
