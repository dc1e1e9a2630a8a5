import { signal, type Signal } from "@preact/signals";
import { render, type RenderResult } from "@testing-library/preact";
import type { ComponentChild } from "preact";
import type { Code, Deed, RouteName } from "../contract.gen";
import { HereContext, openHere, type Here } from "../pages/room/here";
import { AppContext } from "../shell/context";
import type {
  Api,
  App,
  CommunityStore,
  Composer,
  Connection,
  Draft,
  Loading,
  Refusal,
  RoomState,
  RoomStore,
  Roster,
  Screen,
  SessionState,
  Slot,
  Typing,
} from "../state";
import type { Home } from "../contract.gen";
import { homeOf, MEMBERSHIP, NOW_MS, ROOM, screenOf, WREN } from "./people";

const slotKey = (slot: Slot): string =>
  slot.is === "new" ? "new" : slot.is === "reply" ? `reply ${slot.to}` : `edit ${slot.of}`;

/** A composer that keeps drafts in memory and notes what was sent. */
export class FakeComposer implements Composer {
  readonly sent: { readonly slot: Slot; readonly text: string }[] = [];
  readonly named: string[] = [];
  readonly hideName = signal(false);
  refuses: Refusal | null = null;
  private readonly drafts = new Map<string, Signal<Draft>>();

  draft(slot: Slot): Signal<Draft> {
    const key = slotKey(slot);
    const draft = this.drafts.get(key) ?? signal<Draft>({ text: "", mentions: [] });
    this.drafts.set(key, draft);
    return draft;
  }
  write(slot: Slot, text: string): void {
    const draft = this.draft(slot);
    draft.value = { ...draft.peek(), text };
  }
  mention(_slot: Slot, _person: string, name: string): void {
    this.named.push(name);
  }
  send(slot: Slot): Refusal | null {
    if (this.refuses !== null) return this.refuses;
    this.sent.push({ slot, text: this.draft(slot).peek().text });
    this.drop(slot);
    return null;
  }
  drop(slot: Slot): void {
    this.draft(slot).value = { text: "", mentions: [] };
  }
  setHideName(on: boolean): void {
    this.hideName.value = on;
  }
  left(text: string): number {
    return 4000 - Array.from(text).length;
  }
}

/** A room whose screen the test sets; what is asked of it is noted in `deeds`. */
export class FakeRoom implements RoomStore {
  readonly room = ROOM.room;
  readonly state = signal<RoomState>({ is: "open", upToDate: true });
  readonly screen: Signal<Screen | null>;
  readonly composer = new FakeComposer();
  readonly roster = signal<Roster>({
    count: 1,
    people: [{ person: WREN.person, name: "Wren" }],
    namedAll: true,
    known: true,
  });
  readonly renamed = {
    former: signal<ReadonlyMap<string, string>>(new Map()),
    saw: (): void => void this.deeds.push("saw who is renamed"),
  };
  readonly typing = signal<Typing>({ people: [], more: 0 });
  readonly pressed = signal(false);
  readonly refusal = signal<Refusal | null>(null);
  readonly deeds: string[] = [];
  readonly denied = new Map<Deed, Code>();

  constructor(screen: Screen | null = screenOf([])) {
    this.screen = signal(screen);
  }
  dismissRefusal(): void {
    this.refusal.value = null;
  }
  enter(): () => void {
    this.deeds.push("enter");
    return () => this.deeds.push("leave");
  }
  may(deed: Deed, of: { readonly own?: boolean } = {}): Code | null {
    if (deed === "message.remove" && of.own !== true) return this.denied.get(deed) ?? "not_allowed";
    return this.denied.get(deed) ?? null;
  }
  post(): null {
    return null;
  }
  edit(): null {
    return null;
  }
  remove(message: string): void {
    this.deeds.push(`remove ${message}`);
  }
  react(message: string, reaction: string, on: boolean): void {
    this.deeds.push(`react ${message} ${reaction} ${on}`);
  }
  retry(key: string): void {
    this.deeds.push(`retry ${key}`);
  }
  takeBack(key: string): void {
    this.deeds.push(`take back ${key}`);
  }
  discard(key: string): void {
    this.deeds.push(`discard ${key}`);
  }
  sawUpTo(): void {}
  atEnd(): void {}
  dismissNew(): void {}
  loadEarlier(): Promise<void> {
    this.deeds.push("load earlier");
    return Promise.resolve();
  }
  loadLater = (): Promise<void> => Promise.resolve();
  loadAround = (): Promise<"there"> => Promise.resolve("there");
  toLive(): void {
    this.deeds.push("to live");
  }
}

export class FakeCommunity implements CommunityStore {
  readonly slug = MEMBERSHIP.slug;
  readonly home: Signal<Loading<Home>>;
  readonly changes = signal(0);
  reloads = 0;
  /** What the next look brings; nothing new without it. */
  next: Home | null = null;

  constructor(home: Home = homeOf()) {
    this.home = signal<Loading<Home>>({ is: "loaded", value: home, fresh: true });
  }
  enter(): () => void {
    return () => undefined;
  }
  reload(): Promise<void> {
    this.reloads += 1;
    if (this.next !== null) this.home.value = { is: "loaded", value: this.next, fresh: true };
    return Promise.resolve();
  }
}

type Answers = { readonly [N in RouteName]?: (ask: unknown) => unknown };

/** The app with answers of the test's own; every request is noted in `asked`. */
export class FakeApp implements App {
  readonly asked: { readonly route: RouteName; readonly ask: unknown }[] = [];
  readonly connection = signal<Connection>({ is: "live", by: "socket" });
  readonly stale = signal(false);
  readonly wayBackLater = signal(false);
  readonly ended: string[] = [];
  readonly session = {
    state: signal<SessionState>({
      is: "in",
      person: WREN.person,
      me: {
        person: WREN.person,
        communities: [MEMBERSHIP],
        shared_idle_s: null,
        claimed: true,
        way_back: { allowed: true, ends_ms: null },
        came_back: [],
        organisation: null,
        connected: false,
        proof: null,
        idle: null,
      },
    }),
    organisation: signal<string | null>(null),
    shared: signal(false),
    quietLeft_s: signal<number | null>(null),
    sitDown: (): (() => void) => {
      this.ended.push("sit down");
      return () => void this.ended.push("get up");
    },
    stay: (): void => void this.ended.push("stay"),
    refresh: (): Promise<void> => Promise.resolve(),
    signOut: (): Promise<void> => Promise.resolve(void this.ended.push("sign out")),
    leave: (slug: string): Promise<void> => Promise.resolve(void this.ended.push(`leave ${slug}`)),
    erase: (secret: string): Promise<void> => Promise.resolve(void this.ended.push(`erase ${secret.length}`)),
  };

  constructor(
    readonly answers: Answers = {},
    readonly theRoom = new FakeRoom(),
    readonly theCommunity = new FakeCommunity(),
  ) {}

  readonly api = ((route: RouteName, ask?: unknown): Promise<unknown> => {
    this.asked.push({ route, ask });
    const answer = this.answers[route];
    if (answer === undefined) return new Promise(() => undefined);
    return Promise.resolve().then(() => answer(ask));
  }) as Api;

  now(): number {
    return NOW_MS;
  }
  room(): FakeRoom {
    return this.theRoom;
  }
  community(): FakeCommunity {
    return this.theCommunity;
  }
  putOffWayBack(): void {
    this.wayBackLater.value = true;
  }
  reconnect(): void {}
  close(): void {}
}

/** Draws something inside the shell's context. */
export function draw(what: ComponentChild, app: App = new FakeApp()): RenderResult {
  return render(<AppContext.Provider value={app}>{what}</AppContext.Provider>);
}

/** Draws a part of a room inside that room. */
export function drawInRoom(what: ComponentChild, app = new FakeApp()): RenderResult & { readonly here: Here } {
  const here = openHere(app.theRoom, MEMBERSHIP.slug, ROOM.slug);
  const result = draw(<HereContext.Provider value={here}>{what}</HereContext.Provider>, app);
  return { ...result, here };
}
