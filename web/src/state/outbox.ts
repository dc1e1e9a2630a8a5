/** What I asked of a room and have no lasting answer to yet. Pure: how one command's story goes on. */

import type {
  Code,
  EditMessage,
  MessageId,
  Nonce,
  PostMessage,
  Receipt,
  Refusal as Refused,
  RemoveMessage,
  SetReaction,
} from "../contract.gen";
import type { Answer } from "../link/link";
import { pauseFor } from "../link/pause";
import type { Refusal, Sending } from "./surface";

export type RoomCommand = PostMessage | EditMessage | RemoveMessage | SetReaction;

export interface Entry {
  readonly nonce: Nonce;
  readonly command: RoomCommand;
  readonly at_ms: number;
  /** How often it was asked to wait. */
  readonly tries: number;
  /** It was sent, and nobody knows whether it arrived. */
  readonly maybe: boolean;
  readonly way: Way;
}

export type Way =
  | { readonly is: "waiting" }
  | { readonly is: "sending" }
  | { readonly is: "retrying"; readonly code: Code; readonly pause_ms: number; readonly retryAt_ms: number }
  /** Stored. It stays until the room's stream has shown it, so that it is never gone from the screen in between. */
  | { readonly is: "sent"; readonly message: MessageId | null; readonly seq: number; readonly rev: number }
  | { readonly is: "held"; readonly message: MessageId }
  | { readonly is: "kept" }
  | { readonly is: "refused"; readonly refusal: Refusal };

// A database that is away for a minute is waited for; after some two minutes the person is told.
const TRIES = 20;
const ASKED_TO_WAIT: ReadonlySet<Code> = new Set<Code>(["busy", "unavailable", "unknown"]);
/** What was asked for is so already. */
const DONE_ANYWAY: Readonly<Partial<Record<RoomCommand["t"], Code>>> = { "message.remove": "already_removed" };

/** Words go one by one, so that they stand in the order they were written; signs needn't wait for slow mode. */
export type Lane = "words" | "deeds";

export const laneOf = ({ command }: Entry): Lane => (command.t === "message.post" ? "words" : "deeds");

/** What a lane may send now; null while the one before has no answer. */
export function nextOf(entries: readonly Entry[], lane: Lane): Entry | null {
  const open = entries.filter(({ way }) => way.is === "waiting" || way.is === "sending" || way.is === "retrying");
  const first = open.find((entry) => laneOf(entry) === lane);
  return first?.way.is === "waiting" ? first : null;
}

export interface Moment {
  readonly now_ms: number;
  readonly random: number;
}

/** The entry after an answer; null when there is nothing left to wait for. */
export function answered(entry: Entry, answer: Answer, at: Moment): Entry | null {
  switch (answer.t) {
    case "receipt":
      return received(entry, answer);
    case "lost":
      // Done or not, nobody knows; the same nonce is never done twice.
      return { ...entry, way: { is: "waiting" } };
    case "refusal":
      return refused({ ...entry, maybe: answer.code === "unknown" }, answer, at);
  }
  return answer satisfies never;
}

function refused(entry: Entry, answer: Refused, at: Moment): Entry | null {
  const { code, params = {}, retry_ms = null } = answer;
  if (code === "erased" || DONE_ANYWAY[entry.command.t] === code) return null;
  if (code === "signed_out") return { ...entry, way: { is: "kept" } };
  const goesAgain = ASKED_TO_WAIT.has(code) || (code === "too_fast" && retry_ms !== null);
  if (!goesAgain || entry.tries >= TRIES) return { ...entry, way: { is: "refused", refusal: { code, params } } };
  const pause_ms = Math.max(retry_ms ?? 0, pauseFor(entry.tries, at.random));
  return {
    ...entry,
    tries: entry.tries + 1,
    way: { is: "retrying", code, pause_ms, retryAt_ms: at.now_ms + pause_ms },
  };
}

function received(entry: Entry, receipt: Receipt): Entry | null {
  const { message = null, seq = null, rev = null } = receipt;
  if (entry.command.t === "message.post" && message !== null && seq === null)
    return { ...entry, way: { is: "held", message } };
  if (seq === null && rev === null) return null;
  return { ...entry, way: { is: "sent", message, seq: seq ?? 0, rev: rev ?? 0 } };
}

/** Whether the room's own stream shows it by now. */
export function isShown(
  { way }: Entry,
  seen: { readonly seq: number; readonly rev: number; has(id: MessageId): boolean },
): boolean {
  if (way.is === "held") return seen.has(way.message);
  return way.is === "sent" && seen.seq >= way.seq && seen.rev >= way.rev;
}

/** What is drawn of it. */
export function sendingOf({ way, maybe }: Entry, live: boolean): Sending {
  switch (way.is) {
    case "waiting":
    case "sending":
      return live ? { is: "sending" } : { is: "waiting", sure: !maybe };
    case "retrying":
      return { is: "retrying", code: way.code, retryAt_ms: way.retryAt_ms };
    case "sent":
    case "held":
    case "kept":
      return { is: way.is };
    case "refused":
      return way;
  }
  return way satisfies never;
}

/** What is stored of an entry over a reload. */
export interface Stored extends Pick<Entry, "nonce" | "command" | "at_ms" | "maybe"> {
  readonly refusal: Refusal | null;
}

export function isStored(value: unknown): value is Stored {
  if (typeof value !== "object" || value === null) return false;
  const { nonce, command, at_ms, refusal } = value as Partial<Record<keyof Stored, unknown>>;
  const complete = typeof command === "object" && command !== null && refusal !== undefined;
  return complete && typeof nonce === "string" && typeof at_ms === "number";
}
