/** A community's home: loaded, and asked for anew when its stream says that something there has changed. */

import { signal, type ReadonlySignal } from "@preact/signals";

import type { CommunityEvent, CommunityId, Home } from "../contract.gen";
import { type Api } from "../link/api";
import type { Cancel, Clock, Page } from "../link/clock";
import type { Link, StreamItem } from "../link/link";
import type { Personal } from "./apply";
import { refusalOf } from "./history";
import type { CommunityStore, Loading } from "./surface";

export interface CommunityHow {
  readonly slug: string;
  /** Known from my membership; null for one that isn't mine. */
  readonly id: () => CommunityId | null;
  readonly link: Link;
  readonly api: Api;
  readonly clock: Clock;
  readonly page: Page;
}

// One new room is news for a thousand browsers: they don't all ask at once, and several news are one question.
const SPREAD_MS = { least: 200, most: 1500 };
// The numbers of unread messages and people here are told to nobody: they are looked up now and then.
const LOOK_MS = { least: 60_000, most: 90_000 };
// What happens between loading and following would be missed, so following comes first where that is quick.
const FOLLOW_FIRST_MS = 500;

export class Community implements CommunityStore {
  readonly slug: string;
  readonly #how: CommunityHow;
  readonly #home = signal<Loading<Home>>({ is: "loading" });
  readonly #changes = signal(0);
  #visits = 0;
  #stops: readonly Cancel[] = [];
  #unfollow: Cancel | null = null;
  #planned: Cancel | null = null;
  #cancelLook: Cancel = () => {};
  #turn = 0;
  /** A place moved while the answer was on its way: it may be of before, or of after. */
  #movedMeanwhile = false;

  constructor(how: CommunityHow) {
    [this.#how, this.slug] = [how, how.slug];
  }

  get home(): ReadonlySignal<Loading<Home>> {
    return this.#home;
  }

  get changes(): ReadonlySignal<number> {
    return this.#changes;
  }

  enter(): Cancel {
    if (this.#visits++ === 0) this.#begin();
    let here = true;
    return () => {
      if (!here) return;
      here = false;
      if (--this.#visits === 0) this.#leave();
    };
  }

  close(): void {
    this.#leave();
  }

  async reload(): Promise<void> {
    this.#planned?.();
    this.#planned = null;
    const turn = ++this.#turn;
    this.#movedMeanwhile = false;
    const answer = await this.#ask();
    if (turn !== this.#turn) return;
    this.#home.value = answer;
    if (this.#movedMeanwhile && this.#visits > 0) this.#plan({ least: 0, most: 0 });
    if (answer.is === "loaded" && this.#visits > 0) this.#follow(answer.value.community.community);
  }

  /** From my own stream. */
  personal(what: Personal): void {
    switch (what.t) {
      case "place.moved":
        return this.#patchUnread(what.room, what.unread);
      case "room.admitted":
      case "room.dismissed":
      case "rights.changed":
      case "roles.waiting":
        return this.news();
      case "message.own":
      case "reaction.own":
        return;
    }
    what satisfies never;
  }

  /** Something here is not as it was. */
  news(): void {
    this.#changes.value++;
    if (this.#visits > 0) this.#plan(SPREAD_MS);
  }

  #begin(): void {
    const { page, link, id } = this.#how;
    this.#stops = [page.on((news) => news === "visible" && this.#plan({ least: 0, most: 0 }))];
    const known = id();
    if (known !== null) this.#follow(known);
    if (known !== null && link.isLive) this.#plan({ least: FOLLOW_FIRST_MS, most: FOLLOW_FIRST_MS });
    else void this.reload();
    this.#look();
  }

  #leave(): void {
    for (const stop of [...this.#stops, this.#unfollow, this.#planned, this.#cancelLook]) stop?.();
    this.#stops = [];
    this.#unfollow = this.#planned = null;
    this.#turn++;
  }

  #follow(community: CommunityId): void {
    this.#unfollow ??= this.#how.link.follow(`community:${community}`, { hear: (item) => this.#hear(item) });
  }

  #hear(item: StreamItem): void {
    switch (item.t) {
      case "following":
        // From here on nothing is missed; what was before is asked for.
        if (!item.resumed) this.#plan({ least: 0, most: 0 });
        return;
      case "event":
        return this.#happened(item.event as CommunityEvent);
      case "ended":
        this.#unfollow = null;
        return void this.reload();
      case "signal":
        return;
    }
    item satisfies never;
  }

  #happened(event: CommunityEvent): void {
    switch (event.t) {
      case "member.joined":
      case "member.left":
      case "member.erased":
      case "member.renamed":
        // Keepers' lists want to know; a home that a thousand have open needn't be fetched for each.
        this.#changes.value++;
        return;
      case "community.founded":
      case "community.changed":
      case "role.given":
      case "role.taken":
      case "room.listed":
      case "news.told":
        return this.news();
    }
    event satisfies never;
  }

  #plan({ least, most }: typeof SPREAD_MS): void {
    const { clock } = this.#how;
    this.#planned?.();
    this.#planned = clock.later(least + clock.random() * (most - least), () => void this.reload());
  }

  #look(): void {
    const { clock, page } = this.#how;
    this.#cancelLook = clock.later(LOOK_MS.least + clock.random() * (LOOK_MS.most - LOOK_MS.least), () => {
      if (page.visible()) void this.reload();
      this.#look();
    });
  }

  async #ask(): Promise<Loading<Home>> {
    try {
      const value = await this.#how.api("home", { params: { slug: this.slug } });
      return { is: "loaded", value, fresh: true };
    } catch (failure) {
      const refusal = refusalOf(failure);
      if (refusal !== null) return { is: "refused", refusal };
      const before = this.#home.peek();
      return before.is === "loaded" ? { ...before, fresh: false } : { is: "unreachable" };
    }
  }

  #patchUnread(room: string, unread: number): void {
    this.#movedMeanwhile = true;
    const now = this.#home.peek();
    if (now.is !== "loaded") return;
    const rooms = now.value.rooms.map((line) => (line.room === room ? { ...line, unread } : line));
    this.#home.value = { ...now, value: { ...now.value, rooms } };
  }
}
