/** How far one stream has been applied: the life of its numbering, and the newest number without a hole before it. */
export interface Cursor {
  readonly epoch: string;
  readonly seq: number;
}

export type Step =
  | { readonly is: "next"; readonly cursor: Cursor }
  /** It came before; applying it twice would show it twice. */
  | { readonly is: "known" }
  /** Something between is missing, or nothing is known yet: only `stream.follow` can say what. */
  | { readonly is: "gap" };

/** What an event numbered `seq` is to someone who stands at `cursor`. */
export function step(cursor: Cursor | null, seq: number): Step {
  if (cursor === null || seq > cursor.seq + 1) return { is: "gap" };
  if (seq <= cursor.seq) return { is: "known" };
  return { is: "next", cursor: { epoch: cursor.epoch, seq } };
}
