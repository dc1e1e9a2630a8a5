import { beforeEach, describe, expect, test } from "vitest";
import { BEN, ROOM } from "../link/fakes/house";
import { openRoom, type InRoom } from "./fakes/tab";

const here = (tab: InRoom, name: string): Promise<void> => {
  const people = [{ person: BEN, name }];
  tab.server.signal(`room:${ROOM}`, { t: "roster.changed", count: 1, people });
  return tab.clock.pass(100);
};
const former = (tab: InRoom): readonly (readonly [string, string])[] => [...tab.room.renamed.former.value];

beforeEach(() => localStorage.clear());

describe("another name", () => {
  test("is told beside the one before, once, to who was there", async () => {
    const tab = await openRoom();
    await here(tab, "Ben");
    expect(former(tab)).toEqual([]);
    await here(tab, "Benedict");
    expect(former(tab)).toEqual([[BEN, "Ben"]]);
    // Whatever else changes in the list meanwhile.
    await here(tab, "Benedict");
    expect(former(tab)).toEqual([[BEN, "Ben"]]);
    tab.room.renamed.saw();
    await here(tab, "Benedict");
    expect(former(tab)).toEqual([]);
    await here(tab, "Benno");
    expect(former(tab)).toEqual([[BEN, "Benedict"]]);
    tab.app.close();
  });
  test("is told to who comes later and finds words under the old one, and not again after a reload", async () => {
    const tab = await openRoom();
    tab.server.house.say(BEN, "hello");
    await tab.clock.pass(100);
    await here(tab, "Benedict");
    expect(former(tab)).toEqual([[BEN, "Ben"]]);
    tab.room.renamed.saw();
    tab.app.close();
    expect(JSON.stringify(localStorage)).not.toMatch(/Ben/);
    const again = await openRoom();
    again.server.house.say(BEN, "hello");
    await again.clock.pass(100);
    await here(again, "Benedict");
    expect(former(again)).toEqual([]);
    again.app.close();
  });
});
