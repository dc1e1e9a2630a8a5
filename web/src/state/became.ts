/** Which message each of my posts has become, so that a row stays the same row from "sending" to "sent". */

import type { MessageId, MessagePosted, Nonce, PersonId } from "../contract.gen";
import type { Entry } from "./outbox";

// Rows that were posted from this window; long before so many have gone by, those are off the list.
const KEPT = 300;

export class Became {
  readonly #all = new Map<Nonce, MessageId>();

  get all(): ReadonlyMap<Nonce, MessageId> {
    return this.#all;
  }

  /** The receipt says it; a guess that was wrong is given up. */
  is(nonce: Nonce, message: MessageId): void {
    for (const [other, guessed] of this.#all) if (guessed === message && other !== nonce) this.#all.delete(other);
    this.#all.delete(nonce);
    this.#all.set(nonce, message);
    for (const [oldest] of this.#all) {
      if (this.#all.size <= KEPT) break;
      this.#all.delete(oldest);
    }
  }

  isNot(nonce: Nonce): void {
    this.#all.delete(nonce);
  }

  /**
   * The event has come before the receipt. It carries no nonce, so the post with these very words is taken for it;
   * should it be another's or another tab's, the receipt puts it right.
   */
  guess(event: MessagePosted, me: PersonId, entries: readonly Entry[]): void {
    if ([...this.#all.values()].includes(event.message)) return;
    const hidden = (event.author.person ?? null) === null;
    if (!hidden && event.author.person !== me) return;
    const meant = entries.find(({ nonce, command, way }) => {
      if (command.t !== "message.post" || this.#all.has(nonce)) return false;
      if (way.is !== "sending" && way.is !== "waiting" && way.is !== "retrying") return false;
      const same = command.text === event.text && (command.reply_to ?? null) === (event.reply_to ?? null);
      return same && (command.hide_name ?? false) === hidden;
    });
    if (meant !== undefined) this.is(meant.nonce, event.message);
  }
}
