/** Builds everything in one place: the connection, the session, and the stores that the pages ask for. */

import { signal, type ReadonlySignal } from "@preact/signals";

import type { Me, PersonEvent, PersonId, PersonSignal, RoomId } from "../contract.gen";
import { openApi, Refused, type Api } from "../link/api";
import { realClock, realPage, type Cancel } from "../link/clock";
import { Link, type StreamItem, type World } from "../link/link";
import { browserSocket } from "../link/socket";
import { alike } from "./alike";
import { Community } from "./community";
import { deviceKeep, forget, windowKeep, type Keep } from "./keep";
import { Room } from "./room";
import { roomsWaiting } from "./sender";
import { Sessions } from "./session";
import type { App, Connection } from "./surface";

export interface AppWorld extends World {
  /** Where a device of one's own keeps drafts and what waits. */
  readonly store: () => Storage;
}

const browser: AppWorld = {
  clock: realClock,
  page: realPage,
  makeSocket: browserSocket,
  fetcher: (path, init) => fetch(path, init),
  store: () => localStorage,
};

// The socket says "signed out", the cookie says otherwise: once more, but not in a circle.
const SECOND_THOUGHT_MS = 3000;
const LATER = "way-back-later";

export function openApp(world: AppWorld = browser): App {
  return new Hearth(world);
}

interface SignedIn {
  readonly person: PersonId;
  readonly keep: Keep;
  readonly me: Me;
}

class Hearth implements App {
  readonly api: Api;
  readonly session: Sessions;
  readonly #world: AppWorld;
  readonly #link: Link;
  readonly #rooms = new Map<RoomId, Room>();
  readonly #communities = new Map<string, Community>();
  readonly #stopState: Cancel;
  readonly #later = signal(false);
  #in: SignedIn | null = null;

  constructor(world: AppWorld) {
    this.#world = world;
    const { clock, page } = world;
    const api = openApi(world);
    this.api = async (name, ...args) => {
      try {
        return await api(name, ...args);
      } catch (failure) {
        if (failure instanceof Refused && failure.code === "signed_out" && this.#in !== null)
          void this.session.refresh();
        throw failure;
      }
    };
    this.#link = new Link(world);
    this.#link.onOtherPerson = () => void this.session.refresh();
    this.session = new Sessions({
      api,
      clock,
      page,
      came: (person, me) => this.#came(person, me),
      went: (all) => this.#went(all),
    });
    this.#stopState = this.#link.state.subscribe((state) => this.#lineSays(state));
    void this.session.refresh();
  }

  get connection(): ReadonlySignal<Connection> {
    return this.#link.state;
  }

  get stale(): ReadonlySignal<boolean> {
    return this.#link.stale;
  }

  get wayBackLater(): ReadonlySignal<boolean> {
    return this.#later;
  }

  putOffWayBack(): void {
    this.#in?.keep.set(LATER, "1");
    this.#later.value = true;
  }

  now(): number {
    return this.#link.now();
  }

  room(room: RoomId): Room {
    const known = this.#rooms.get(room);
    if (known !== undefined) return known;
    if (this.#in === null) throw new Error("a room is somebody's: sign in first");
    const { person, keep } = this.#in;
    const fresh = new Room({ ...this.#world, room, me: person, link: this.#link, api: this.api, keep });
    this.#rooms.set(room, fresh);
    return fresh;
  }

  community(slug: string): Community {
    const known = this.#communities.get(slug);
    if (known !== undefined) return known;
    const id = (): string | null =>
      this.#in?.me.communities.find((membership) => membership.slug === slug)?.community ?? null;
    const fresh = new Community({ ...this.#world, slug, id, link: this.#link, api: this.api });
    this.#communities.set(slug, fresh);
    return fresh;
  }

  reconnect(): void {
    this.#link.reconnect();
  }

  close(): void {
    this.session.close();
    this.#went(false);
    this.#stopState();
    this.#link.close();
  }

  #came(person: PersonId, me: Me): void {
    const before = this.#in;
    const keep = before?.keep ?? (me.shared_idle_s === null ? deviceKeep(person, this.#world.store) : windowKeep());
    this.#in = { person, keep, me };
    if (before === null) this.#begin(person, keep);
    else if (!alike(before.me.communities, me.communities)) this.#rightsChanged();
  }

  #begin(person: PersonId, keep: Keep): void {
    this.#later.value = keep.get(LATER) !== null;
    this.#link.start(person);
    this.#link.follow(`person:${person}`, { hear: (item) => this.#hear(item) });
    // What was written in a room that isn't open now has to go out all the same.
    for (const room of roomsWaiting(keep)) this.room(room);
  }

  #went(all: boolean): void {
    // In this order: what is under way when the line ends is kept once more, and then everything goes.
    this.#link.stop();
    for (const store of [...this.#rooms.values(), ...this.#communities.values()]) store.close();
    this.#rooms.clear();
    this.#communities.clear();
    if (all && this.#in !== null) forget(this.#in.keep);
    this.#in = null;
  }

  #lineSays(state: Connection): void {
    if (state.is !== "stopped" || state.code !== "signed_out" || this.#in === null) return;
    void this.session.refresh();
    this.#world.clock.later(SECOND_THOUGHT_MS, () => {
      if (this.#link.state.peek().is === "stopped") this.#link.reconnect();
    });
  }

  // ------------------------------------------------------------ my own stream

  #hear(item: StreamItem): void {
    switch (item.t) {
      case "following":
        // What was told to me before is not told again, nor what only passed by: it is asked for where it matters.
        for (const community of this.#communities.values()) community.news();
        return;
      case "event":
        return this.#personal(item.event as PersonEvent);
      case "signal":
        return this.#personal(item.signal as PersonSignal);
      case "ended":
        return void this.session.refresh();
    }
    item satisfies never;
  }

  #personal(what: PersonEvent | PersonSignal): void {
    if (what.t === "way.used") return void this.session.refresh();
    if (what.t === "rights.changed") this.#rightsChanged();
    else if (what.t !== "roles.waiting") this.#rooms.get(what.room)?.personal(what);
    for (const community of this.#communities.values()) community.personal(what);
    if (what.t === "rights.changed") void this.session.refresh();
  }

  #rightsChanged(): void {
    for (const room of this.#rooms.values()) room.rightsChanged();
  }
}
