import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { BEN, ROOM } from "../link/fakes/house";
import { messagesOf, openRoom, shown, wordsOf, type InRoom } from "./fakes/tab";
import type { Slot } from "./surface";
import { lengthOf, mentioned, tidy } from "./words";

const NEW: Slot = { is: "new" };

let tab: InRoom;

beforeEach(async () => {
  localStorage.clear();
  tab = await openRoom();
});

afterEach(() => tab.app.close());

async function reload(): Promise<void> {
  tab.page.says("leaving");
  tab.app.close();
  tab = await openRoom({ clock: tab.clock, page: tab.page, server: tab.server });
}

const told = (): readonly boolean[] =>
  tab.server.asked.flatMap((command) => (command.t === "typing.tell" ? [command.on] : []));

describe("a draft", () => {
  test("survives a reload, each in its place", async () => {
    const { message } = tab.server.house.say(BEN, "question");
    await tab.clock.pass(100);
    tab.room.composer.write(NEW, "half a thou");
    tab.room.composer.write({ is: "reply", to: message }, "an answ");
    await tab.clock.pass(1000);
    await reload();
    expect(tab.room.composer.draft(NEW).value.text).toBe("half a thou");
    expect(tab.room.composer.draft({ is: "reply", to: message }).value.text).toBe("an answ");
  });

  test("is stored at once when the page goes", async () => {
    tab.room.composer.write(NEW, "last word");
    await reload();
    expect(tab.room.composer.draft(NEW).value.text).toBe("last word");
  });

  test("is gone when sent, here and on the device", async () => {
    tab.room.composer.write(NEW, "hello");
    await tab.clock.pass(1000);
    expect(tab.room.composer.send(NEW)).toBeNull();
    expect(tab.room.composer.draft(NEW).value.text).toBe("");
    expect(wordsOf(tab)).toEqual(["hello"]);
    await tab.clock.pass(1000);
    await reload();
    expect(tab.room.composer.draft(NEW).value.text).toBe("");
  });

  test("stays when it can't be sent", () => {
    tab.room.composer.write(NEW, "x".repeat(4001));
    expect(tab.room.composer.send(NEW)).toMatchObject({ code: "too_long" });
    expect(tab.room.composer.draft(NEW).value.text).toHaveLength(4001);
    expect(tab.room.composer.left("x".repeat(4001))).toBe(-1);
  });

  test("of an edit begins with the message's words, and the next one with its newest", async () => {
    tab.room.post("helo");
    await tab.clock.pass(100);
    const slot: Slot = { is: "edit", of: shown(tab, "helo").message ?? "" };
    expect(tab.room.composer.draft(slot).value.text).toBe("helo");
    tab.room.composer.write(slot, "hello");
    expect(tab.room.composer.send(slot)).toBeNull();
    await tab.clock.pass(100);
    expect(tab.room.composer.draft(slot).value.text).toBe("hello");
    tab.room.composer.write(slot, "no");
    tab.room.composer.drop(slot);
    expect(tab.room.composer.draft(slot).value.text).toBe("hello");
  });

  test("keeps whom it names, as long as the name stands in it", () => {
    const { composer } = tab.room;
    composer.write(NEW, "hello @Ben");
    composer.mention(NEW, BEN, "Ben");
    composer.write(NEW, "hello @Ben, all well?");
    expect(composer.send(NEW)).toBeNull();
    expect(messagesOf(tab)[0]?.mentions).toEqual([BEN]);
    expect(mentioned("hello", [{ person: BEN, name: "Ben" }])).toEqual([]);
  });

  test("is at most one of forty on a device; the oldest goes", async () => {
    for (let n = 0; n < 45; n++) {
      tab.room.composer.write({ is: "reply", to: `M${n}` }, `answer ${n}`);
      // oxlint-disable-next-line no-await-in-loop -- one after another
      await tab.clock.pass(1000);
    }
    await reload();
    expect(tab.room.composer.draft({ is: "reply", to: "M0" }).value.text).toBe("");
    expect(tab.room.composer.draft({ is: "reply", to: "M44" }).value.text).toBe("answer 44");
  });

  test("is removed at sign-out, with what waited", async () => {
    tab.room.composer.write(NEW, "private");
    tab.server.cut();
    await tab.clock.pass(1000);
    tab.room.post("waiting");
    expect(Object.keys(localStorage)).not.toEqual([]);
    await Promise.all([tab.app.session.signOut(), tab.clock.pass(5000)]);
    expect(Object.keys(localStorage)).toEqual([]);
  });

  test("and what is just under way leave nothing behind at sign-out", async () => {
    tab.room.composer.write(NEW, "private");
    tab.room.post("under way");
    await Promise.all([tab.app.session.signOut(), tab.clock.pass(1000)]);
    tab.leave();
    expect(Object.keys(localStorage)).toEqual([]);
  });

  test("is kept as long as the window lives where the device forbids its store", async () => {
    const full = localStorage.setItem.bind(localStorage);
    Object.defineProperty(localStorage, "setItem", {
      configurable: true,
      value: () => {
        throw new DOMException("full", "QuotaExceededError");
      },
    });
    tab.room.composer.write(NEW, "still here");
    await tab.clock.pass(1000);
    tab.leave();
    expect(tab.app.room(ROOM).composer.draft(NEW).value.text).toBe("still here");
    Object.defineProperty(localStorage, "setItem", { configurable: true, value: full });
  });
});

describe("a hidden name", () => {
  test("goes with the message, and stays hidden over a reload", async () => {
    tab.room.composer.setHideName(true);
    tab.room.composer.write(NEW, "quietly");
    await reload();
    expect(tab.room.composer.hideName.value).toBe(true);
    tab.room.composer.send(NEW);
    await tab.clock.pass(100);
    expect([...tab.server.house.messages.values()][0]?.hidden).toBe(true);
  });

  test("is never shown because the room has changed its mind", async () => {
    tab.room.composer.setHideName(true);
    tab.room.composer.write(NEW, "quietly");
    tab.server.house.add(`room:${ROOM}`, { t: "room.hidden_names_set", on: false });
    await tab.clock.pass(100);
    expect(tab.room.composer.send(NEW)).toEqual({ code: "names_are_shown", params: {} });
    expect(tab.room.composer.draft(NEW).value.text).toBe("quietly");
    expect(messagesOf(tab)).toEqual([]);
  });

  test("tells nobody that I write", async () => {
    tab.room.composer.setHideName(true);
    tab.room.composer.write(NEW, "quiet");
    await tab.clock.pass(10_000);
    expect(told()).toEqual([]);
  });
});

describe("that I write", () => {
  test("is told every three seconds at most, and its end after five quiet ones", async () => {
    for (let n = 0; n < 40; n++) {
      tab.room.composer.write(NEW, "w".repeat(n + 1));
      // oxlint-disable-next-line no-await-in-loop -- key after key
      await tab.clock.pass(200);
    }
    expect(told()).toEqual([true, true, true]);
    await tab.clock.pass(5000);
    expect(told()).toEqual([true, true, true, false]);
    await tab.clock.pass(60_000);
    expect(told()).toHaveLength(4);
  });

  test("ends with sending, with an empty line, with hiding my name and with leaving", async () => {
    const { composer } = tab.room;
    const ends = [
      () => composer.send(NEW),
      () => composer.write(NEW, ""),
      () => composer.setHideName(true),
      () => {
        composer.setHideName(false);
        composer.write(NEW, "x");
        tab.leave();
      },
    ];
    for (const end of ends) {
      composer.write(NEW, "word");
      end();
      // oxlint-disable-next-line no-await-in-loop -- one after another
      await tab.clock.pass(50);
      expect(told().at(-1)).toBe(false);
    }
  });

  test("is not kept for later when the line is down, nor told when I may not write", async () => {
    tab.server.cut();
    await tab.clock.pass(10);
    tab.room.composer.write(NEW, "word");
    tab.server.mend();
    await tab.clock.pass(4000);
    expect(told().filter(Boolean)).toEqual([]);
    tab.server.house.add(`room:${ROOM}`, { t: "room.closed" });
    await tab.clock.pass(5000);
    tab.room.composer.write(NEW, "words");
    await tab.clock.pass(100);
    expect(told().filter(Boolean)).toEqual([]);
  });
});

test("words are measured as the server measures them", () => {
  expect(tidy("  a\r\nb\rc \n")).toBe("a\nb\nc");
  expect(tidy("e\u0301")).toBe("é");
  expect(lengthOf("👩‍👩‍👧")).toBe(5);
  expect(lengthOf("e\u0301")).toBe(1);
});
