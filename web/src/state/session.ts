/** Who is signed in here, until when, and what ends it. */

import { computed, signal, type ReadonlySignal } from "@preact/signals";

import type { Me, PersonId } from "../contract.gen";
import { Refused, Unreachable, type Api } from "../link/api";
import type { Cancel, Clock, Page } from "../link/clock";
import { pauseFor } from "../link/pause";
import { Quiet } from "./quiet";
import type { Session, SessionState } from "./surface";

export interface SessionHow {
  readonly api: Api;
  readonly clock: Clock;
  readonly page: Page;
  /** Somebody is signed in, or the same person's part has changed. */
  readonly came: (person: PersonId, me: Me) => void;
  /** Nobody is any more. `forget`: nothing of the person may stay on this device. */
  readonly went: (forget: boolean) => void;
}

type Why = Extract<SessionState, { readonly is: "ended" }>["why"];

/** After how many quiet seconds this person is signed out; null: never. Of two reasons the sooner counts. */
function idleOf({ shared_idle_s: shared, idle }: Me, { desk }: { readonly desk: boolean }): number | null {
  const team = idle === null ? null : desk ? idle.desk_s : idle.elsewhere_s;
  return shared === null || team === null ? (shared ?? team) : Math.min(shared, team);
}

export class Sessions implements Session {
  readonly #how: SessionHow;
  readonly #state = signal<SessionState>({ is: "loading" });
  readonly #organisation = signal<string | null>(null);
  readonly #shared = signal(false);
  readonly #quiet = signal<Quiet | null>(null);
  readonly #stopPage: Cancel;
  readonly quietLeft_s = computed(() => this.#quiet.value?.left_s.value ?? null);
  #desks = 0;
  #tries = 0;
  #turn = 0;
  #cancelRetry: Cancel = () => {};

  constructor(how: SessionHow) {
    this.#how = how;
    this.#stopPage = how.page.on((news) => {
      if (news === "online" && this.#state.peek().is === "unreachable") void this.refresh();
    });
  }

  get state(): ReadonlySignal<SessionState> {
    return this.#state;
  }

  get organisation(): ReadonlySignal<string | null> {
    return this.#organisation;
  }

  get shared(): ReadonlySignal<boolean> {
    return this.#shared;
  }

  sitDown(): () => void {
    this.#desks += 1;
    return () => {
      this.#desks -= 1;
    };
  }

  stay(): void {
    this.#quiet.peek()?.stay();
  }

  async refresh(): Promise<void> {
    const turn = ++this.#turn;
    this.#cancelRetry();
    const me = await this.#me();
    // Asked again or signed out meanwhile: this answer is old.
    if (turn !== this.#turn) return;
    if (me === null) return this.#unreachable();
    this.#tries = 0;
    this.#organisation.value = me.organisation;
    if (me.person !== null) this.#in(me.person, me);
    else if (this.#state.peek().is === "in") this.#end("server", false);
    else if (this.#state.peek().is !== "ended") this.#state.value = { is: "stranger", claimed: me.claimed };
  }

  async signOut(): Promise<void> {
    this.#end("self", true);
    await this.#tellSignOut();
  }

  async leave(communitySlug: string): Promise<void> {
    await this.#how.api("leave", { params: { slug: communitySlug } });
    this.#end("left", true);
  }

  async erase(secret: string): Promise<void> {
    try {
      await this.#how.api("erase_me", { body: { secret } });
    } catch (failure) {
      // Asked before, and the answer was lost: then there is a receipt, and nobody to be signed in as.
      if (!(failure instanceof Refused && failure.code === "signed_out")) throw failure;
      await this.#how.api("receipt", { body: { secret } });
    }
    this.#end("left", true);
  }

  close(): void {
    this.#turn++;
    this.#cancelRetry();
    this.#stopPage();
    this.#quiet.peek()?.stop();
  }

  async #me(): Promise<Me | null> {
    try {
      return await this.#how.api("me");
    } catch (failure) {
      if (failure instanceof Refused || failure instanceof Unreachable) return null;
      throw failure;
    }
  }

  #unreachable(): void {
    if (this.#state.peek().is !== "in") this.#state.value = { is: "unreachable" };
    const { clock } = this.#how;
    this.#cancelRetry = clock.later(pauseFor(this.#tries++, clock.random()), () => void this.refresh());
  }

  #in(person: PersonId, me: Me): void {
    const before = this.#state.peek();
    if (before.is === "in" && before.person !== person) this.#stop(false);
    this.#how.came(person, me);
    this.#state.value = { is: "in", person, me };
    this.#shared.value = me.shared_idle_s !== null;
    this.#watch(me);
  }

  /** Watch for quiet where there is an end to it: on a shared device, and for the team. */
  #watch(me: Me): void {
    const before = this.#quiet.peek();
    if (idleOf(me, { desk: false }) === null) {
      before?.stop();
      this.#quiet.value = null;
    } else if (before === null) {
      const { clock, page } = this.#how;
      const idle_s = (): number => this.#idle_s();
      this.#quiet.value = new Quiet({ clock, page, idle_s, over: () => this.#ranOut() });
    }
  }

  #idle_s(): number {
    const state = this.#state.peek();
    return (state.is === "in" ? idleOf(state.me, { desk: this.#desks > 0 }) : null) ?? Infinity;
  }

  #ranOut(): void {
    this.#end("quiet", true);
    void this.#tellSignOut();
  }

  #end(why: Why, forget: boolean): void {
    this.#turn++;
    this.#cancelRetry();
    this.#stop(forget);
    this.#state.value = { is: "ended", why };
  }

  #stop(forget: boolean): void {
    this.#quiet.peek()?.stop();
    this.#quiet.value = null;
    this.#how.went(forget);
  }

  /** The page is empty already; the server is told as soon as it can be, for only it can end the cookie. */
  async #tellSignOut(tries = 0): Promise<void> {
    const { api, clock } = this.#how;
    const turn = this.#turn;
    try {
      await api("sign_out");
    } catch (failure) {
      // "Signed out" already is what was wanted; any other no is not ours to repeat.
      if (!(failure instanceof Unreachable) || turn !== this.#turn) return;
      this.#cancelRetry = clock.later(pauseFor(tries, clock.random()), () => void this.#tellSignOut(tries + 1));
    }
  }
}
