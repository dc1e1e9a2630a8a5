/** What a message may consist of, as far as the page can tell by itself. The server decides. */

import { MENTIONS_LIMIT, TEXT_LIMIT } from "../contract.gen";
import type { Mention, Refusal } from "./surface";

/** A text as the server stores it: one form for one letter, plain line ends, no blank lines around it. */
export function tidy(text: string): string {
  return text.replace(/\r\n?/g, "\n").trim().normalize("NFC");
}

/** Counted as the server counts: by letters and signs, so that an emoji isn't two. */
export function lengthOf(text: string): number {
  let count = 0;
  for (const _ of tidy(text)) count++;
  return count;
}

export function wrongWith(text: string, mentions: number): Refusal | null {
  const length = lengthOf(text);
  if (length === 0) return { code: "empty", params: {} };
  if (length > TEXT_LIMIT) {
    return { code: "too_long", params: { limit: TEXT_LIMIT, length, over: length - TEXT_LIMIT } };
  }
  return mentions > MENTIONS_LIMIT ? { code: "too_many_mentions", params: { limit: MENTIONS_LIMIT } } : null;
}

/** The people named who still stand in the text. One without a name came from the message that is edited. */
export function mentioned(text: string, mentions: readonly Mention[]): readonly string[] {
  const there = mentions.filter(({ name }) => name === "" || text.includes(`@${name}`));
  return [...new Set(there.map(({ person }) => person))];
}
