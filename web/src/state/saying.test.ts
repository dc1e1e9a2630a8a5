import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { ADA, BEN, ROOM } from "../link/fakes/house";
import { messagesOf, openRoom, screenOf, shown, wordsOf, type InRoom } from "./fakes/tab";

let tab: InRoom;

beforeEach(async () => {
  localStorage.clear();
  tab = await openRoom();
});

afterEach(() => tab.app.close());

describe("what I say", () => {
  test("is shown at once, and is the same row when it has been stored", async () => {
    tab.room.post("Hello");
    const before = shown(tab, "Hello");
    expect(before.sending).toEqual({ is: "sending" });
    expect(before.own).toBe(true);
    await tab.clock.pass(200);
    const after = shown(tab, "Hello");
    expect(after.sending).toEqual({ is: "sent" });
    expect(after.key).toBe(before.key);
    expect(wordsOf(tab)).toEqual(["Hello"]);
  });

  test.each([true, false])("is never doubled nor gone in between, with the event first: %s", async (eventFirst) => {
    tab.server.eventFirst = eventFirst;
    tab.server.answersLate_ms = eventFirst ? 100 : 0;
    tab.room.post("Hello");
    for (let ms = 0; ms < 200; ms++) {
      expect(wordsOf(tab)).toEqual(["Hello"]);
      // oxlint-disable-next-line no-await-in-loop -- looked at each millisecond
      await tab.clock.pass(1);
    }
    expect(shown(tab, "Hello").message).not.toBeNull();
  });

  test("with a hidden name is mine, and carries no name", async () => {
    tab.server.eventFirst = true;
    tab.room.post("Quietly", { hideName: true });
    expect(shown(tab, "Quietly").author.person).toBeUndefined();
    await tab.clock.pass(200);
    expect(wordsOf(tab)).toEqual(["Quietly"]);
    expect(shown(tab, "Quietly")).toMatchObject({ own: true, author: { alias: expect.any(String) } });
    expect(screenOf(tab).unread).toBe(0);
  });

  test("keeps its order although each waits for the one before", async () => {
    for (const word of ["one", "two", "three", "four"]) tab.room.post(word);
    await tab.clock.pass(300);
    expect(wordsOf(tab)).toEqual(["one", "two", "three", "four"]);
    expect(messagesOf(tab).every(({ sending }) => sending.is === "sent")).toBe(true);
  });

  test("keeps its order also when the first one is asked to wait", async () => {
    tab.server.refuse("message.post", "too_fast", { retry_ms: 2000 });
    for (const word of ["one", "two", "three"]) tab.room.post(word);
    await tab.clock.pass(5000);
    expect([...tab.server.house.messages.values()].map(({ view }) => view.text)).toEqual(["one", "two", "three"]);
  });

  test("twice in the same words is two messages, whatever comes first", async () => {
    tab.server.eventFirst = true;
    tab.server.answersLate_ms = 100;
    tab.room.post("yes");
    tab.room.post("yes");
    await tab.clock.pass(1000);
    expect(wordsOf(tab)).toEqual(["yes", "yes"]);
    expect(new Set(messagesOf(tab).map(({ key }) => key)).size).toBe(2);
  });

  test("is told apart from the same words said by others, and by me elsewhere", async () => {
    tab.server.answersLate_ms = 100;
    tab.room.post("yes");
    tab.server.house.say(BEN, "yes");
    tab.server.house.say(ADA, "yes");
    await tab.clock.pass(1000);
    expect(wordsOf(tab)).toEqual(["yes", "yes", "yes"]);
    expect(messagesOf(tab).filter(({ own }) => own)).toHaveLength(2);
  });

  test("is not taken for the same words of somebody without a name", async () => {
    tab.server.answersLate_ms = 100;
    tab.room.post("yes");
    const { key } = shown(tab, "yes");
    tab.server.house.say(BEN, "yes", { hidden: true });
    await tab.clock.pass(60);
    expect(messagesOf(tab).filter(({ own }) => own)).toMatchObject([{ key }]);
    expect(messagesOf(tab)).toHaveLength(2);
  });

  test("is refused on the spot when it is empty or too long, and nothing is shown", () => {
    expect(tab.room.post("  \n ")).toEqual({ code: "empty", params: {} });
    expect(tab.room.post("😀".repeat(4001))).toMatchObject({ code: "too_long", params: { over: 1 } });
    expect(tab.room.post("😀".repeat(4000))).toBeNull();
    expect(messagesOf(tab)).toHaveLength(1);
  });

  test("can be refused by the server, is kept with the reason, and comes back to be changed", async () => {
    tab.server.refuse("message.post", "control_characters");
    tab.room.post("odd");
    await tab.clock.pass(100);
    const refused = shown(tab, "odd");
    expect(refused.sending).toEqual({ is: "refused", refusal: { code: "control_characters", params: {} } });
    tab.room.takeBack(refused.key);
    expect(messagesOf(tab)).toHaveLength(0);
    expect(tab.room.composer.draft({ is: "new" }).value.text).toBe("odd");
  });

  test("goes again by itself when the server asks to wait", async () => {
    tab.server.refuse("message.post", "too_fast", { retry_ms: 3000 });
    tab.room.post("soon");
    await tab.clock.pass(100);
    expect(shown(tab, "soon").sending).toMatchObject({ is: "retrying", code: "too_fast" });
    await tab.clock.pass(4000);
    expect(shown(tab, "soon").sending).toEqual({ is: "sent" });
  });

  test("outlasts a database that is away for a minute, and is told of when it is away for good", async () => {
    tab.server.refuse("message.post", "unavailable", { retry_ms: 1000, times: 12 });
    tab.room.post("patient");
    await tab.clock.pass(90_000);
    expect(shown(tab, "patient").sending).toEqual({ is: "sent" });
    tab.server.refuse("message.post", "unavailable", { retry_ms: 1000, times: 1000 });
    tab.room.post("too long a wait");
    await tab.clock.pass(300_000);
    expect(shown(tab, "too long a wait").sending).toMatchObject({ is: "refused", refusal: { code: "unavailable" } });
    tab.server.refusing = null;
    tab.room.retry(shown(tab, "too long a wait").key);
    await tab.clock.pass(100);
    expect(shown(tab, "too long a wait").sending).toEqual({ is: "sent" });
  });

  test("waits for a moderator when the receipt has no number, and is let through in its place", async () => {
    const { house } = tab.server;
    house.say(BEN, "before");
    tab.server.answer = (_person, { ref }) => ({ t: "receipt", ref, message: "HELD" });
    tab.room.post("careful");
    await tab.clock.pass(100);
    expect(shown(tab, "careful").sending).toEqual({ is: "held" });
    house.say(BEN, "behind");
    await tab.clock.pass(100);
    house.add(`room:${ROOM}`, {
      t: "message.posted",
      message: "HELD",
      author: { person: ADA, name: "Ada" },
      text: "careful",
      after: 1,
    });
    await tab.clock.pass(100);
    expect(wordsOf(tab)).toEqual(["before", "careful", "behind"]);
    expect(shown(tab, "careful").sending).toEqual({ is: "sent" });
  });

  test("that was erased meanwhile is simply gone", async () => {
    tab.server.refuse("message.post", "erased");
    tab.room.post("forgotten");
    await tab.clock.pass(100);
    expect(messagesOf(tab)).toHaveLength(0);
  });
});

describe("what I change", () => {
  test("an edit shows the new words at once, and the old ones again when it is refused", async () => {
    tab.room.post("helo");
    await tab.clock.pass(100);
    const id = shown(tab, "helo").message ?? "";
    tab.room.edit(id, "hello");
    expect(shown(tab, "hello").change).toMatchObject({ is: "edit", sending: { is: "sending" } });
    await tab.clock.pass(100);
    expect(shown(tab, "hello")).toMatchObject({ change: null, edited: true });
    tab.server.refuse("message.edit", "muted");
    tab.room.edit(id, "hello there");
    await tab.clock.pass(100);
    const refused = shown(tab, "hello").change;
    expect(refused).toMatchObject({ text: "hello there", sending: { is: "refused", refusal: { code: "muted" } } });
    tab.room.takeBack(refused?.key ?? "");
    expect(tab.room.composer.draft({ is: "edit", of: id }).value.text).toBe("hello there");
    expect(shown(tab, "hello").change).toBeNull();
  });

  test("a removal leaves a note without words or name", async () => {
    tab.room.post("oops");
    await tab.clock.pass(100);
    tab.room.remove(shown(tab, "oops").message ?? "");
    expect(shown(tab, "oops").change).toMatchObject({ is: "remove" });
    await tab.clock.pass(100);
    expect(messagesOf(tab)[0]).toMatchObject({ text: null, removed: "author", author: {}, change: null });
    expect(JSON.stringify(tab.room.screen.value)).not.toContain("oops");
  });

  test("a reaction counts at once, stays steady, and is taken back when refused", async () => {
    const { message } = tab.server.house.say(BEN, "news");
    await tab.clock.pass(100);
    tab.server.talliesLate_ms = 250;
    tab.room.react(message, "heart", true);
    for (let ms = 0; ms < 400; ms += 10) {
      expect(shown(tab, "news")).toMatchObject({ counts: { heart: 1 }, mine: ["heart"] });
      // oxlint-disable-next-line no-await-in-loop -- looked at all along
      await tab.clock.pass(10);
    }
    tab.server.refuse("reaction.set", "muted");
    tab.room.react(message, "idea", true);
    expect(shown(tab, "news").mine).toEqual(["heart", "idea"]);
    await tab.clock.pass(100);
    expect(shown(tab, "news")).toMatchObject({ counts: { heart: 1 }, mine: ["heart"] });
    expect(tab.room.refusal.value).toEqual({ code: "muted", params: {} });
    tab.room.dismissRefusal();
    expect(tab.room.refusal.value).toBeNull();
  });

  test("a reaction taken back before it was sent is never sent", async () => {
    const { message } = tab.server.house.say(BEN, "news");
    await tab.clock.pass(100);
    tab.server.cut();
    await tab.clock.pass(1);
    tab.room.react(message, "heart", true);
    tab.room.react(message, "heart", false);
    tab.server.mend();
    await tab.clock.pass(5000);
    expect(tab.server.asked.filter(({ t }) => t === "reaction.set")).toEqual([]);
    expect(shown(tab, "news").mine).toEqual([]);
  });
});
