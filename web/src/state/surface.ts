/** What the pages may use of the state: everything they draw is a signal here, everything they do a function. */

import type { ReadonlySignal } from "@preact/signals";

import type {
  Author,
  Code,
  Deed,
  Home,
  Me,
  MessageId,
  PersonId,
  Present,
  Reaction,
  RemovedBy,
  Role,
  RoomId,
  RoomView,
} from "../contract.gen";
import type { Api } from "../link/api";
import type { Connection } from "../link/line";

export type { Connection };

export type Params = Readonly<Record<string, string | number>>;

/** The answer no, as the catalogue of words wants it. */
export interface Refusal {
  readonly code: Code;
  readonly params: Params;
}

// ---------------------------------------------------------------- the whole

/** One per tab: `openApp()`. */
export interface App {
  readonly api: Api;
  readonly session: Session;
  /** How the line to the server is. */
  readonly connection: ReadonlySignal<Connection>;
  /** The server speaks a newer contract than this page: offer to reload. */
  readonly stale: ReadonlySignal<boolean>;
  /** The server's time in ms, as well as it is known. For mutes and for "2 minutes ago". */
  now(): number;
  /** The store of a room. The same id gives the same store until sign-out. Nothing is followed before `enter`. */
  room(room: RoomId): RoomStore;
  /** The store of a community's home, by its slug. Nothing is asked for before `enter`. */
  community(slug: string): CommunityStore;
  /** Whether the person has said "Not now" to keeping a way back; on this device, until they sign out. */
  readonly wayBackLater: ReadonlySignal<boolean>;
  putOffWayBack(): void;
  /** Try at once instead of waiting out the pause ("Try now"). */
  reconnect(): void;
  /** Ends every timer and the connection. For tests and for the page's end. */
  close(): void;
}

// ---------------------------------------------------------------- who I am

export interface Session {
  readonly state: ReadonlySignal<SessionState>;
  /** The organisation by whose own sign-in people may come in here; null when there is none, or it is not known yet. */
  readonly organisation: ReadonlySignal<string | null>;
  /** Whether this device is a shared one, as whoever is signed in here said, or was until now. */
  readonly shared: ReadonlySignal<boolean>;
  /** On a shared device, and for the team, in the last quiet minute: the seconds left until sign-out. Else null. */
  readonly quietLeft_s: ReadonlySignal<number | null>;
  /** A page with others' names and cases is open, as at a desk: it is left alone for less long. Returns what ends that. */
  sitDown(): () => void;
  /** I am still here (the store sees keys, touches and scrolling by itself). */
  stay(): void;
  /** Ask the server anew who I am: after joining, claiming, signing in, changing my name. */
  refresh(): Promise<void>;
  /** End this session; drafts and what waited on this device are removed. */
  signOut(): Promise<void>;
  /** Leave the community and end this session; drafts and what waited are removed. */
  leave(communitySlug: string): Promise<void>;
  /** Erase everything that is kept of me and end this session. The secret, of my own making, opens the receipt. */
  erase(secret: string): Promise<void>;
}

export type SessionState =
  | { readonly is: "loading" }
  /** Nobody is signed in. `claimed` false: a new server waits for its first keeper. */
  | { readonly is: "stranger"; readonly claimed: boolean }
  | { readonly is: "in"; readonly person: PersonId; readonly me: Me }
  /** The session ended while the page was open: `quiet` when nobody had touched it, `left` and `self` by the person. */
  | { readonly is: "ended"; readonly why: "quiet" | "self" | "left" | "server" }
  /** The server could not be asked; it is asked again by itself. */
  | { readonly is: "unreachable" };

// ---------------------------------------------------------------- a community's home

export interface CommunityStore {
  readonly slug: string;
  readonly home: ReadonlySignal<Loading<Home>>;
  /** Goes up whenever rooms, roles, members or the statement may have changed: lists fetched elsewhere ask anew. */
  readonly changes: ReadonlySignal<number>;
  /** Follow and load; returns the function that stops it again (give it to `useEffect`). */
  enter(): () => void;
  reload(): Promise<void>;
}

export type Loading<T> =
  | { readonly is: "loading" }
  /** `fresh` false: shown from before, the server could not be asked again. */
  | { readonly is: "loaded"; readonly value: T; readonly fresh: boolean }
  | { readonly is: "refused"; readonly refusal: Refusal }
  | { readonly is: "unreachable" };

// ---------------------------------------------------------------- a room

/** Who in the roster is called something else than I know them by. */
export interface RenamedStore {
  /** How they were called. */
  readonly former: ReadonlySignal<ReadonlyMap<PersonId, string>>;
  /** I have looked at the list and closed it: nobody in it is told of again. */
  saw(): void;
}

export interface RoomStore {
  readonly room: RoomId;
  readonly state: ReadonlySignal<RoomState>;
  /** What is drawn; null until the first snapshot. Changes at most once a frame. Unchanged rows keep their identity. */
  readonly screen: ReadonlySignal<Screen | null>;
  readonly composer: Composer;
  readonly roster: ReadonlySignal<Roster>;
  readonly renamed: RenamedStore;
  readonly typing: ReadonlySignal<Typing>;
  /** Some are asked to wait a moment, as so many write at once. Only the team is told. */
  readonly pressed: ReadonlySignal<boolean>;
  /** The last refusal that has no place of its own on a message (a reaction); cleared by `dismissRefusal`. */
  readonly refusal: ReadonlySignal<Refusal | null>;
  dismissRefusal(): void;

  /** Follow the room; returns the function that stops it again (give it to `useEffect`). */
  enter(): () => void;
  /** Why I may not do `deed` here just now; null when I may. The mirror of the server's table. */
  may(deed: Deed, of?: { readonly own?: boolean }): Code | null;

  /** Say something. The refusal is one the page can tell by itself (empty, too_long); null: it is on its way. */
  post(text: string, how?: PostHow): Refusal | null;
  edit(message: MessageId, text: string, mentions?: readonly PersonId[]): Refusal | null;
  remove(message: MessageId): void;
  react(message: MessageId, reaction: Reaction, on: boolean): void;

  /** Send a refused or kept message or change again, as it is. `key` is the row's. */
  retry(key: string): void;
  /** Take a message that was not sent out of the list and back into the composer's draft, to be changed. */
  takeBack(key: string): void;
  /** Drop a message or change that was not sent. */
  discard(key: string): void;

  /** The end of the list is in view and everything up to this number has been seen. */
  sawUpTo(seq: number): void;
  /** Whether the reader is at the end of the list: while not, new messages count as `newBelow`. */
  atEnd(yes: boolean): void;
  /** Take the "new since you left" line away. */
  dismissNew(): void;

  loadEarlier(): Promise<void>;
  loadLater(): Promise<void>;
  /** Show the page around one message (a link, an answer to an older message). */
  loadAround(message: MessageId): Promise<"there" | "not_found" | "unreachable">;
  /** From a page further back, return to what is being said now. */
  toLive(): void;
}

export type RoomState =
  | { readonly is: "opening" }
  /** `upToDate` false: connected again, but what was missed has not come yet, or not connected at all. */
  | { readonly is: "open"; readonly upToDate: boolean }
  /** Left by `ended` or a refusal: not_found, signed_out … */
  | { readonly is: "gone"; readonly code: Code };

export interface PostHow {
  readonly replyTo?: MessageId;
  readonly mentions?: readonly PersonId[];
  readonly hideName?: boolean;
}

export interface Screen {
  readonly room: RoomView;
  readonly me: MyPlace;
  readonly rows: readonly Row[];
  /** What is beyond the first and the last row. */
  readonly earlier: Edge;
  readonly later: Edge;
  /** False: an older page is shown; `toLive()` returns. */
  readonly atLive: boolean;
  /** Messages by others, not removed, after my place. */
  readonly unread: number;
  /** Came while the reader was not at the end: "37 new messages". */
  readonly newBelow: number;
  /** The number of the newest event known: give it to `sawUpTo` when the end is in view. */
  readonly seq: number;
  /** New answers to messages that are not in the list. */
  readonly elsewhere: readonly Elsewhere[];
}

export interface MyPlace {
  readonly person: PersonId;
  readonly name: string;
  readonly standing: string | null;
  readonly roles: readonly Role[];
  readonly accepted: boolean;
  readonly mutedUntil_ms: number;
  readonly read_seq: number;
}

export type Edge =
  | { readonly is: "end" }
  | { readonly is: "more" }
  | { readonly is: "loading" }
  | { readonly is: "failed"; readonly refusal: Refusal | null };

/** `key` is stable for the life of the row, from "sending" to "sent" too. */
export type Row =
  | { readonly is: "day"; readonly key: string; readonly at_ms: number }
  | { readonly is: "new"; readonly key: string; readonly count: number }
  | { readonly is: "message"; readonly key: string; readonly message: Shown; readonly first: boolean }
  /** What the calm view leaves out at this place, in one line. */
  | { readonly is: "others"; readonly key: string; readonly messages: readonly Shown[] };

/** A message as it is drawn, its answers under it. `first` in the row: begins a group, so the author is named. */
export interface Shown {
  readonly key: string;
  /** Null while it has not been stored. */
  readonly message: MessageId | null;
  readonly seq: number | null;
  readonly at_ms: number;
  readonly author: Author;
  /** Null when removed. */
  readonly text: string | null;
  readonly removed: RemovedBy | null;
  readonly edited: boolean;
  readonly mentions: readonly PersonId[];
  readonly mentionsMe: boolean;
  readonly replyTo: MessageId | null;
  readonly own: boolean;
  readonly counts: Readonly<Partial<Record<Reaction, number>>>;
  readonly mine: readonly Reaction[];
  readonly replies: readonly Shown[];
  /** How far my own sending of it is; always `sent` for what others said. */
  readonly sending: Sending;
  /** My change of it that is under way or was refused; null mostly. `text` above is already the new one. */
  readonly change: Change | null;
}

export type Sending =
  | { readonly is: "sent" }
  | { readonly is: "sending" }
  /** No connection: it goes by itself, in order, when there is one. `sure` false: it may have arrived already, so it
   * can't be taken back before that is known. */
  | { readonly is: "waiting"; readonly sure: boolean }
  /** The server asked to wait (too_fast, busy, unavailable) or did not say: it goes again by itself. */
  | { readonly is: "retrying"; readonly code: Code; readonly retryAt_ms: number }
  /** A moderator will look first; only I see it. */
  | { readonly is: "held" }
  /** Left from an earlier visit, too long ago to be sent without asking: offer retry and discard. */
  | { readonly is: "kept" }
  | { readonly is: "refused"; readonly refusal: Refusal };

export type Change =
  | { readonly is: "edit"; readonly key: string; readonly text: string; readonly sending: Sending }
  | { readonly is: "remove"; readonly key: string; readonly sending: Sending };

export interface Elsewhere {
  readonly parent: MessageId;
  readonly count: number;
  readonly last: Shown;
}

export interface Roster {
  readonly count: number;
  readonly people: readonly Present[];
  readonly namedAll: boolean;
  /** False while the server can't tell who is here in other places: these are only some of them. */
  readonly known: boolean;
}

export interface Typing {
  readonly people: readonly Present[];
  readonly more: number;
}

// ---------------------------------------------------------------- writing

export type Slot =
  | { readonly is: "new" }
  | { readonly is: "reply"; readonly to: MessageId }
  | { readonly is: "edit"; readonly of: MessageId };

/** Drafts survive a reload (on a shared device: only as long as the window). */
export interface Composer {
  /** The draft of one slot; empty when there is none. */
  draft(slot: Slot): ReadonlySignal<Draft>;
  /** The person typed. Keeps the draft and tells the room that I am writing (never with the name hidden). */
  write(slot: Slot, text: string): void;
  /** Someone was chosen from the list after "@"; `text` contains "@name" where it goes. */
  mention(slot: Slot, person: PersonId, name: string): void;
  /** Send what the slot holds and empty it; a refusal leaves the draft as it is. */
  send(slot: Slot): Refusal | null;
  drop(slot: Slot): void;
  readonly hideName: ReadonlySignal<boolean>;
  setHideName(on: boolean): void;
  /** How many characters may still follow; negative when over. */
  left(text: string): number;
}

export interface Draft {
  readonly text: string;
  readonly mentions: readonly Mention[];
}

export interface Mention {
  readonly person: PersonId;
  readonly name: string;
}
