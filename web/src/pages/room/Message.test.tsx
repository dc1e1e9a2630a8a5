import { fireEvent, screen, within } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import type { Shown } from "../../state";
import { faults } from "../../testing/axe";
import { drawInRoom, FakeApp, FakeRoom } from "../../testing/fakes";
import { row, screenOf, shown } from "../../testing/people";
import { Message } from "./Message";

function drawMessage(message: Shown, room = new FakeRoom(screenOf([row(message)]))) {
  return { room, ...drawInRoom(<Message message={message} first />, new FakeApp({}, room)) };
}

const hidden = { person: null, name: null, standing: null, role: null, alias: "x1" };
const host = { person: "R", name: "Ruth", standing: null, role: "host" } as const;
const mine = { person: "W", name: "Wren", standing: "carer", role: null } as const;

describe("a message", () => {
  it("says who spoke, how they come here, and when", () => {
    drawMessage(shown("I mind not knowing."));
    const article = screen.getByRole("article", { name: "Message by Dorothy" });
    expect(article.textContent).toContain("patient");
    expect(within(article).getByText("I mind not knowing.")).toBeTruthy();
    expect(article.querySelector("time")?.getAttribute("datetime")).toBe("2026-06-11T18:13:00.000Z");
  });
  it("marks the host and staff by words", () => {
    drawMessage(shown("Welcome", { author: host }));
    screen.getByText("Host");
    drawMessage(shown("Hello", { author: { person: "K", name: "Kwame", standing: "staff" } }));
    screen.getByText("Staff");
  });
  it("with a hidden name gives nothing away", () => {
    const { container } = drawMessage(shown("I was too shy.", { author: hidden }));
    screen.getByText("Someone here");
    screen.getByText("name hidden");
    expect(container.querySelector(".face")?.className).toBe("face anon");
  });
  it("of mine with a hidden name is mine only to me", () => {
    drawMessage(shown("I was too shy.", { author: hidden, own: true }));
    screen.getByText("You");
    screen.getByText("your name is hidden");
  });
  it("that is older than what is kept says so", () => {
    drawMessage(shown("", { text: null, removed: "age" }));
    screen.getByText("This message is older than what is kept here.");
  });
  it("that was removed leaves one line, no name and no words", () => {
    const { container } = drawMessage(shown("secret", { text: null, removed: "team" }));
    screen.getByText("A message was removed here by the team.");
    expect(container.textContent).not.toContain("Dorothy");
  });
  it("that was edited says so", () => {
    drawMessage(shown("Other words", { edited: true }));
    screen.getByText(/edited/);
  });
  it("makes links that tell nobody where they were found", () => {
    drawMessage(shown("See https://example.org/a"));
    const link = screen.getByRole("link", { name: /example\.org/ });
    expect(link.getAttribute("rel")).toBe("noopener noreferrer nofollow ugc");
    expect(link.getAttribute("target")).toBe("_blank");
  });
  it("shows markup as the words that it is", () => {
    const { container } = drawMessage(shown('<img src=x onerror="alert(1)"><b>bold</b>'));
    expect(container.querySelector(".words img, .words b")).toBeNull();
    expect(container.querySelector(".words")?.textContent).toContain("<b>bold</b>");
  });
});

describe("reactions", () => {
  it("are named, counted, and say that I gave one", () => {
    const message = shown("Yes", { counts: { metoo: 31, heart: 2 }, mine: ["metoo"] });
    const { room } = drawMessage(message);
    const mineToo = screen.getByRole("button", { name: "Me too, 31, you too" });
    expect(mineToo.getAttribute("aria-pressed")).toBe("true");
    fireEvent.click(mineToo);
    fireEvent.click(screen.getByRole("button", { name: "Heart, 2" }));
    expect(room.deeds).toEqual([`react ${message.key} metoo false`, `react ${message.key} heart true`]);
  });
  it("can be added from a sheet that gives the focus back", async () => {
    const message = shown("Yes");
    const { room } = drawMessage(message);
    const add = screen.getByRole("button", { name: "Add a reaction to the message by Dorothy" });
    fireEvent.click(add);
    fireEvent.click(await screen.findByRole("button", { name: "Thank you" }));
    expect(room.deeds).toEqual([`react ${message.key} thanks true`]);
    expect(document.activeElement).toBe(add);
  });
  it("are only read by those who may not give any", () => {
    const room = new FakeRoom();
    room.denied.set("reaction.set", "values_first");
    drawMessage(shown("Yes", { counts: { idea: 3 } }), room);
    expect(screen.queryByRole("button", { name: /Idea/ })).toBeNull();
    screen.getByText("Idea, 3");
  });
});

describe("my message", () => {
  const own = (change: Partial<Shown>): Shown => shown("My words", { own: true, author: mine, ...change });

  it.each([
    [{ is: "sent" } as const, "Sent"],
    [{ is: "sending" } as const, "Sending…"],
    [{ is: "waiting", sure: true } as const, "Will be sent when you are back"],
    [{ is: "held" } as const, /Waiting for a moderator/],
    [{ is: "retrying", code: "busy", retryAt_ms: 0 } as const, /Many people are writing/],
  ])("says how far it is: $is", (sending, said) => {
    drawMessage(own({ sending, message: sending.is === "sent" ? "M1" : null }));
    screen.getByText(said);
  });
  it("that was refused keeps its words, the reason, and a way to mend it", () => {
    const message = own({
      message: null,
      sending: { is: "refused", refusal: { code: "names_are_shown", params: {} } },
    });
    const { room } = drawMessage(message);
    screen.getByText("My words");
    screen.getByText(/names are shown/);
    fireEvent.click(screen.getByRole("button", { name: "Change it" }));
    fireEvent.click(screen.getByRole("button", { name: "Take it back" }));
    expect(room.deeds).toEqual([`take back ${message.key}`, `discard ${message.key}`]);
  });
  it("that was refused because the room closed can only be taken back, as long as it is closed", () => {
    const refused = { is: "refused", refusal: { code: "room_closed", params: {} } } as const;
    const message = own({ message: null, sending: refused });
    const room = new FakeRoom(screenOf([row(message)]));
    room.denied.set("message.post", "room_closed");
    drawMessage(message, room);
    expect(screen.getAllByRole("button").map((button) => button.textContent)).toEqual(["Take it back"]);
  });
  it("of an earlier visit is sent only when I say so", () => {
    const message = own({ message: null, sending: { is: "kept" } });
    const { room } = drawMessage(message);
    fireEvent.click(screen.getByRole("button", { name: "Send it now" }));
    expect(room.deeds).toEqual([`retry ${message.key}`]);
  });
  it("is removed only after a question whose safe answer has the focus", async () => {
    const message = own({});
    const { room } = drawMessage(message);
    fireEvent.click(screen.getByRole("button", { name: "More for your message" }));
    fireEvent.click(await screen.findByRole("button", { name: "Remove" }));
    await screen.findByRole("heading", { name: "Remove this message?" });
    expect(document.activeElement?.textContent).toBe("Leave it");
    expect(room.deeds).toEqual([]);
    fireEvent.click(screen.getByRole("button", { name: "Remove the message" }));
    expect(room.deeds).toEqual([`remove ${message.key}`]);
  });
  it("can be put into other words in its place", async () => {
    const message = own({});
    const { room } = drawMessage(message);
    fireEvent.click(screen.getByRole("button", { name: "More for your message" }));
    fireEvent.click(await screen.findByRole("button", { name: "Change the words" }));
    const box = await screen.findByRole("textbox", { name: "Your message, in other words" });
    fireEvent.input(box, { target: { value: "Better words", selectionStart: 12 } });
    fireEvent.click(screen.getByRole("button", { name: "Save the change" }));
    expect(room.composer.sent).toEqual([{ slot: { is: "edit", of: message.key }, text: "Better words" }]);
  });
});

describe("somebody else's message", () => {
  it("can't be changed or removed by me", async () => {
    drawMessage(shown("Theirs"));
    fireEvent.click(screen.getByRole("button", { name: "More for the message by Dorothy" }));
    await screen.findByRole("button", { name: "Copy a link to it" });
    expect(screen.queryByRole("button", { name: "Remove" })).toBeNull();
    expect(screen.queryByRole("button", { name: "Change the words" })).toBeNull();
  });
});

it("is right for assistive technology in all its looks", async () => {
  const looks = [
    shown("plain", { counts: { heart: 1 } }),
    shown("host", { author: host }),
    shown("hidden", { author: hidden }),
    shown("mine", { own: true, author: mine }),
    shown("refused", { own: true, message: null, sending: { is: "refused", refusal: { code: "busy", params: {} } } }),
    shown("", { text: null, removed: "author" }),
  ];
  const { container } = drawInRoom(
    <ol>
      {looks.map((message) => (
        <li key={message.key}>
          <Message message={message} first />
        </li>
      ))}
    </ol>,
  );
  expect(await faults(container)).toEqual([]);
});
