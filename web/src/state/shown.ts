/** Messages as they are drawn: what the room says of them, with what I asked for laid over it. */

import type { Author, MessageId, Reaction, Role } from "../contract.gen";
import { Same } from "./alike";
import { sendingOf, type Entry } from "./outbox";
import type { Change, Sending, Shown } from "./surface";
import type { Counts, Said } from "./said";
import { isOwn, type Mine, type View } from "./view";

export interface Overlay {
  readonly entries: readonly Entry[];
  readonly live: boolean;
  /** Which message a post of mine has become, by its nonce: known from the receipt, or guessed until it comes. */
  readonly became: ReadonlyMap<string, MessageId>;
}

const SENT: Sending = { is: "sent" };
// One and the same, so that having none today and yesterday is no change.
const NONE: readonly never[] = [];
/** What nothing can have that nobody else has seen. */
const UNSENT = {
  message: null,
  seq: null,
  removed: null,
  edited: false,
  mentionsMe: false,
  own: true,
  counts: {},
  mine: [],
  replies: [],
  change: null,
} as const;

/** Draws one screen's messages; those that say the same as on the last screen are the same objects. */
export class Showing {
  readonly #same = new Same<Shown>();
  #view: View | null = null;
  #pending: readonly Entry[] = [];
  #changes: ReadonlyMap<MessageId, readonly Entry[]> = new Map();
  #keys: ReadonlyMap<MessageId, string> = new Map();
  #live = false;

  begin(view: View, { entries, live, became }: Overlay): void {
    this.#same.turn();
    this.#view = view;
    this.#live = live;
    this.#keys = new Map([...became].map(([nonce, message]) => [message, nonce]));
    this.#pending = entries.filter((entry) => isPending(view, entry, became));
    this.#changes = changesOf(entries);
  }

  /** My posts that the room doesn't show yet: under a message, or (null) at the end. */
  pending(parent: MessageId | null): readonly Shown[] {
    const here = this.#pending.filter((entry) => parent === this.#placeOf(entry));
    return here.map((entry) => this.#fromEntry(entry));
  }

  message(said: Said, withReplies = true): Shown {
    const view = this.#seen;
    const key = this.#keys.get(said.message) ?? said.message;
    const changes = this.#changes.get(said.message) ?? NONE;
    const signs = view.mine.reactions.get(said.message) ?? NONE;
    const replies = withReplies ? this.#replies(said.message) : NONE;
    const own = isOwn(view, said) || key !== said.message;
    const parts = [said, own, signs, this.#live || changes === NONE, ...changes, ...replies];
    return this.#same.of(key, parts, () => ({ ...this.#saidNow(said, signs, changes), key, own, replies }));
  }

  #saidNow(said: Said, signs: readonly Reaction[], changes: readonly Entry[]): Omit<Shown, "key" | "own" | "replies"> {
    const { message, seq, at_ms, author, removed, edited_ms, mentions, reply_to } = said;
    const change = this.#changeOf(changes);
    return {
      message,
      seq,
      at_ms,
      author,
      removed,
      mentions,
      ...reactionsOf(said, signs, changes),
      change,
      text: change?.is === "edit" && change.sending.is !== "refused" ? change.text : said.text,
      edited: edited_ms !== null,
      mentionsMe: mentions.includes(this.#seen.me),
      replyTo: reply_to,
      sending: SENT,
    };
  }

  get #seen(): View {
    if (this.#view === null) throw new Error("begin first");
    return this.#view;
  }

  #replies(parent: MessageId): readonly Shown[] {
    const view = this.#seen;
    const ids = view.replies.get(parent);
    if (ids === undefined && this.#pending.length === 0) return NONE;
    const said = (ids ?? []).map((id) => view.said.get(id)).filter((one) => one !== undefined);
    return [...said.map((one) => this.message(one, false)), ...this.pending(parent)];
  }

  /** An answer to something that isn't loaded stands at the end: it must be seen somewhere. */
  #placeOf({ command }: Entry): MessageId | null {
    const parent = command.t === "message.post" ? (command.reply_to ?? null) : null;
    return parent !== null && this.#seen.said.has(parent) ? parent : null;
  }

  #fromEntry(entry: Entry): Shown {
    const { nonce: key, command, at_ms } = entry;
    const { me, mine } = this.#seen;
    const post = command.t === "message.post" ? command : null;
    return this.#same.as(key, {
      ...UNSENT,
      key,
      at_ms,
      author: post?.hide_name === true ? { alias: key } : myself(me, mine),
      text: post?.text ?? null,
      mentions: post?.mentions ?? [],
      replyTo: post?.reply_to ?? null,
      sending: sendingOf(entry, this.#live),
    });
  }

  #changeOf(changes: readonly Entry[]): Change | null {
    const entry = changes.findLast(({ command }) => command.t !== "reaction.set");
    if (entry === undefined) return null;
    const { nonce: key, command } = entry;
    const sending = sendingOf(entry, this.#live);
    if (command.t === "message.edit") return { is: "edit", key, text: command.text, sending };
    return { is: "remove", key, sending };
  }
}

function isPending({ said }: View, { nonce, command, way }: Entry, became: ReadonlyMap<string, MessageId>): boolean {
  if (command.t !== "message.post") return false;
  const message = became.get(nonce);
  return way.is === "refused" || message === undefined || !said.has(message);
}

function changesOf(entries: readonly Entry[]): ReadonlyMap<MessageId, readonly Entry[]> {
  const changes = new Map<MessageId, readonly Entry[]>();
  for (const entry of entries) {
    const { command } = entry;
    if (command.t !== "message.post") changes.set(command.message, [...(changes.get(command.message) ?? []), entry]);
  }
  return changes;
}

/** The totals as they will be when what I asked for is done. */
function reactionsOf(
  said: Said,
  mine: readonly Reaction[],
  changes: readonly Entry[],
): { counts: Counts; mine: readonly Reaction[] } {
  let now = { counts: said.counts, mine };
  for (const { command, way } of changes) {
    if (command.t !== "reaction.set" || way.is === "refused") continue;
    const { reaction, on } = command;
    // Mine is known by the receipt; the totals come a moment later with a signal.
    const stands = way.is === "sent" ? !on : now.mine.includes(reaction);
    if (stands === on) continue;
    const count = Math.max(0, (now.counts[reaction] ?? 0) + (on ? 1 : -1));
    const rest = now.mine.filter((one) => one !== reaction);
    now = { counts: { ...now.counts, [reaction]: count }, mine: on ? [...rest, reaction] : rest };
  }
  return now;
}

const BADGES: readonly Role[] = ["host", "moderator", "keeper"];

function myself(person: string, { name, standing, roles }: Mine): Author {
  return { person, name, standing, role: BADGES.find((role) => roles.includes(role)) ?? null };
}
