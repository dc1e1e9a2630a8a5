/** A browser tab with everything behind it, in one process. */

import type { Row, Screen, Shown } from "..";
import { FakeClock, FakePage } from "../../link/fakes/clock";
import { ROOM } from "../../link/fakes/house";
import { FakeServer } from "../../link/fakes/server";
import { openApp, type AppWorld } from "../app";
import type { App, RoomStore } from "../surface";

export interface Tab {
  readonly clock: FakeClock;
  readonly page: FakePage;
  readonly server: FakeServer;
  readonly app: App;
}

export interface InRoom extends Tab {
  readonly room: RoomStore;
  readonly leave: () => void;
}

/** A tab that has loaded; give the parts of another one to share its server or come back to it. */
export async function openTab(parts: Partial<Omit<Tab, "app">> = {}): Promise<Tab> {
  const clock = parts.clock ?? new FakeClock();
  const page = parts.page ?? new FakePage();
  const server = parts.server ?? new FakeServer(clock);
  const world: AppWorld = {
    clock,
    page,
    makeSocket: server.makeSocket,
    fetcher: server.fetcher,
    store: () => localStorage,
  };
  const tab = { clock, page, server, app: openApp(world) };
  await clock.pass(100);
  return tab;
}

export async function openRoom(parts: Partial<Omit<Tab, "app">> = {}): Promise<InRoom> {
  const tab = await openTab(parts);
  const room = tab.app.room(ROOM);
  const leave = room.enter();
  await tab.clock.pass(100);
  return { ...tab, room, leave };
}

export function screenOf({ room }: Pick<InRoom, "room">): Screen {
  const screen = room.screen.value;
  if (screen === null) throw new Error("nothing is shown");
  return screen;
}

export function messagesOf(tab: Pick<InRoom, "room">): readonly Shown[] {
  return screenOf(tab).rows.flatMap((row) => (row.is === "message" ? [row.message] : []));
}

/** The words on the screen, in their order. */
export function wordsOf(tab: Pick<InRoom, "room">): readonly (string | null)[] {
  return messagesOf(tab).map(({ text }) => text);
}

export function rowsOf(tab: Pick<InRoom, "room">): readonly Row["is"][] {
  return screenOf(tab).rows.map(({ is }) => is);
}

export function shown(tab: Pick<InRoom, "room">, text: string): Shown {
  const found = messagesOf(tab).find((message) => message.text === text);
  if (found === undefined) throw new Error(`“${text}” is not shown`);
  return found;
}
