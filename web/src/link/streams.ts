/** The streams that are followed, and how far each has got. */

import type { Ended, Following, Happened, Now, PollFollow, StreamId } from "../contract.gen";
import { step, type Cursor } from "./cursor";

export type StreamItem = Following | Happened | Now | Ended;

/** Whoever follows a stream: gets every event once and in order, and what it is told about following. */
export interface Follower {
  hear(item: StreamItem): void;
}

interface Followed {
  readonly follower: Follower;
  cursor: Cursor | null;
  /** An answer to `stream.follow` is awaited, so another gap is no news. */
  asked: boolean;
  /** Asked for again because of a gap, without an event applied since. */
  gaps: number;
}

// A server that says "resumed" and still leaves a hole is asked for a snapshot instead, or it would be asked for ever.
const GAPS_AT_MOST = 3;

export class Streams {
  readonly #all = new Map<StreamId, Followed>();
  readonly #askFor: (stream: StreamId) => void;

  /** `askFor` sends `stream.follow` from where the stream stands; called on gaps. */
  constructor(askFor: (stream: StreamId) => void) {
    this.#askFor = askFor;
  }

  add(stream: StreamId, follower: Follower): void {
    this.#all.set(stream, { follower, cursor: null, asked: false, gaps: 0 });
  }

  /** False when somebody else than `follower` follows it by now, or nobody. */
  drop(stream: StreamId, follower?: Follower): boolean {
    const mine = follower === undefined || this.#all.get(stream)?.follower === follower;
    return mine && this.#all.delete(stream);
  }

  has(stream: StreamId): boolean {
    return this.#all.has(stream);
  }

  ids(): readonly StreamId[] {
    return [...this.#all.keys()];
  }

  /** Forget where the stream stands: the next answer is a snapshot. */
  rewind(stream: StreamId): void {
    const followed = this.#all.get(stream);
    if (followed !== undefined) followed.cursor = null;
  }

  standing(stream: StreamId): PollFollow {
    const cursor = this.#all.get(stream)?.cursor ?? null;
    return cursor === null ? { stream } : { stream, epoch: cursor.epoch, after: cursor.seq };
  }

  markAsked(stream: StreamId, asked: boolean): void {
    const followed = this.#all.get(stream);
    if (followed !== undefined) followed.asked = asked;
  }

  hear(item: StreamItem): void {
    const followed = this.#all.get(item.stream);
    if (followed === undefined) return;
    switch (item.t) {
      case "following":
        return this.#following(followed, item);
      case "event":
        return this.#event(followed, item);
      case "signal":
        // Before the snapshot there is nothing that it could be true of.
        if (followed.cursor !== null) followed.follower.hear(item);
        return;
      case "ended":
        this.#all.delete(item.stream);
        return followed.follower.hear(item);
    }
    item satisfies never;
  }

  #following(followed: Followed, item: Following): void {
    followed.asked = false;
    if (!item.resumed) {
      followed.cursor = { epoch: item.epoch, seq: item.seq };
    } else if (followed.cursor?.epoch !== item.epoch) {
      // "Resumed" from somewhere we are not (a late answer to an earlier question): ask from where we are.
      return this.#gap(item.stream, followed);
    }
    followed.follower.hear(item);
  }

  #event(followed: Followed, item: Happened): void {
    const what = step(followed.cursor, item.seq);
    switch (what.is) {
      case "known":
        return;
      case "gap":
        return this.#gap(item.stream, followed);
      case "next":
        followed.cursor = what.cursor;
        followed.gaps = 0;
        return followed.follower.hear(item);
    }
    what satisfies never;
  }

  #gap(stream: StreamId, followed: Followed): void {
    if (followed.asked) return;
    if (++followed.gaps > GAPS_AT_MOST) followed.cursor = null;
    this.#askFor(stream);
  }
}
