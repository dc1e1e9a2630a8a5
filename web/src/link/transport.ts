import type { Ask, Code, PollFollow, ServerItem } from "../contract.gen";

/** One way to the server, for as long as it lasts. */
export interface Transport {
  readonly by: "socket" | "poll";
  ask(ask: Ask): void;
  /** The streams or cursors are others than before: a poll that is under way asks for the wrong ones. */
  restart(): void;
  /** Ends it without a word; `closed` is not called. */
  close(): void;
}

/** Whoever uses a transport. */
export interface Listener {
  items(items: readonly ServerItem[]): void;
  /** It is over, and why. Called once. */
  closed(end: End): void;
}

export type End =
  /** Come back by yourself. */
  | { readonly is: "lost" }
  /** Don't come back by yourself. `poisoned`: something that was sent is the reason. */
  | { readonly is: "stopped"; readonly code: Code; readonly poisoned: boolean };

/** What a poll has to know of its user. */
export interface Standing {
  streams(): readonly PollFollow[];
}
