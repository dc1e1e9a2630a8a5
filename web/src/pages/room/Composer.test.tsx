import { fireEvent, screen, waitFor } from "@testing-library/preact";
import { beforeEach, describe, expect, it } from "vitest";
import { setReading } from "../../reading/settings";
import { faults } from "../../testing/axe";
import { drawInRoom, FakeApp } from "../../testing/fakes";
import { Composer } from "./Composer";

let app: FakeApp;
const box = (): HTMLTextAreaElement => screen.getByRole("textbox", { name: "Write to everyone in this room" });
const write = (text: string): void => {
  fireEvent.input(box(), { target: { value: text, selectionStart: text.length } });
};
const sent = (): readonly string[] => app.theRoom.composer.sent.map((one) => one.text);

beforeEach(() => {
  setReading({ enter: "send" });
  app = new FakeApp({
    people: () => ({ people: [{ person: "D", name: "Dorothy", standing: "patient", role: null }] }),
  });
});

describe("writing", () => {
  it("sends by Enter and empties the box", () => {
    drawInRoom(<Composer hideNames />, app);
    write("Chairs with arms, please.");
    fireEvent.keyDown(box(), { key: "Enter" });
    expect(sent()).toEqual(["Chairs with arms, please."]);
    expect(app.theRoom.composer.draft({ is: "new" }).value.text).toBe("");
  });
  it("makes a line by Shift and Enter", () => {
    drawInRoom(<Composer hideNames />, app);
    write("One");
    fireEvent.keyDown(box(), { key: "Enter", shiftKey: true });
    expect(sent()).toEqual([]);
  });
  it("makes a line by Enter for whoever wants that, and sends by the button", () => {
    setReading({ enter: "line" });
    drawInRoom(<Composer hideNames />, app);
    write("One");
    fireEvent.keyDown(box(), { key: "Enter" });
    expect(sent()).toEqual([]);
    fireEvent.submit(box().closest("form") as HTMLFormElement);
    expect(sent()).toEqual(["One"]);
  });
  it("leaves Enter to a word that is being composed", () => {
    drawInRoom(<Composer hideNames />, app);
    write("にほn");
    fireEvent.keyDown(box(), { key: "Enter", isComposing: true });
    expect(sent()).toEqual([]);
  });
  it("says nothing about an empty box, and sends nothing", () => {
    drawInRoom(<Composer hideNames />, app);
    write("   ");
    fireEvent.keyDown(box(), { key: "Enter" });
    expect(sent()).toEqual([]);
    expect(screen.queryByRole("alert")).toBeNull();
  });
  it("keeps the words that were refused, and says why", async () => {
    drawInRoom(<Composer hideNames />, app);
    app.theRoom.composer.refuses = { code: "too_long", params: { over: 12 } };
    write("Very long");
    fireEvent.keyDown(box(), { key: "Enter" });
    expect((await screen.findByRole("alert")).textContent).toContain("too long by 12 letters");
    expect(box().value).toBe("Very long");
  });
  it("counts near the limit, and past it", async () => {
    drawInRoom(<Composer hideNames />, app);
    write("a".repeat(3600));
    expect(screen.queryByText(/left/)).toBeNull();
    write("a".repeat(3990));
    await screen.findByText("10 letters left");
    write("a".repeat(4001));
    await screen.findByText("1 letter too many");
    expect(screen.getByRole("button", { name: "Send" }).getAttribute("aria-disabled")).toBe("true");
  });
});

describe("who will see it", () => {
  it("stands beneath the box, and changes with the name", async () => {
    drawInRoom(<Composer hideNames />, app);
    screen.getByText("Seen by everyone here");
    fireEvent.click(screen.getByRole("switch", { name: "Hide my name" }));
    await screen.findByText("Seen by everyone here, without your name");
  });
  it("offers no hidden name where the room has none, whatever was set before", () => {
    app.theRoom.composer.setHideName(true);
    drawInRoom(<Composer hideNames={false} />, app);
    expect(screen.queryByRole("switch")).toBeNull();
    screen.getByText("Seen by everyone here");
  });
});

describe("naming somebody", () => {
  it("offers people after @, by arrow keys and Enter", async () => {
    drawInRoom(<Composer hideNames />, app);
    write("Thank you @Do");
    await screen.findByRole("option", { name: /Dorothy/ });
    expect(box().getAttribute("aria-activedescendant")).toBe(screen.getByRole("option").id);
    expect(box().getAttribute("aria-controls")).toBe(screen.getByRole("listbox").id);
    fireEvent.keyDown(box(), { key: "ArrowDown" });
    fireEvent.keyDown(box(), { key: "Enter" });
    await waitFor(() => expect(box().value).toBe("Thank you @Dorothy "));
    expect(app.theRoom.composer.named).toEqual(["Dorothy"]);
    expect(sent()).toEqual([]);
  });
  it("lets Esc close the list and nothing else", async () => {
    drawInRoom(<Composer hideNames />, app);
    write("@Do");
    await screen.findByRole("listbox");
    fireEvent.keyDown(box(), { key: "Escape" });
    await waitFor(() => expect(screen.queryByRole("listbox")).toBeNull());
    expect(box().value).toBe("@Do");
  });
  it("tells a screen reader how many were found", async () => {
    drawInRoom(<Composer hideNames />, app);
    write("@Do");
    await screen.findByText("1 person found");
  });
});

it("is right for assistive technology, with the list open too", async () => {
  const { container } = drawInRoom(<Composer hideNames />, app);
  write("@Do");
  await screen.findByRole("listbox");
  expect(await faults(container)).toEqual([]);
});
