import type { Enter } from "../../reading/settings";

export interface Key {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly isComposing: boolean;
}

/** Whether Enter alone sends here: as chosen, otherwise where there is a real keyboard. */
export const enterSends = (setting: Enter, touch: boolean): boolean =>
  setting === "device" ? !touch : setting === "send";

/** Whether this key sends. While a word is still being composed (Chinese, Korean …), Enter belongs to the word. */
export function sends(key: Key, enter: boolean): boolean {
  if (key.key !== "Enter" || key.isComposing || key.altKey) return false;
  if (key.ctrlKey || key.metaKey) return true;
  return enter && !key.shiftKey;
}

/** What stands after an "@" before the caret; null when nobody is being named. */
export interface Asked {
  /** Where the "@" is. */
  readonly at: number;
  readonly query: string;
}

// A name has at most two words here; a longer one is found by its beginning.
const ASKED = /(?:^|[\s(])@([\p{L}\p{N}][^\s@]{0,30}(?: [^\s@]{1,30})?)?$/u;

export function askedFor(text: string, caret: number): Asked | null {
  const before = text.slice(0, caret);
  const found = ASKED.exec(before);
  if (found === null) return null;
  const query = found[1] ?? "";
  return { at: caret - query.length - 1, query };
}

/** The text with the name put in, and where the caret goes then. */
export function withName(text: string, asked: Asked, caret: number, name: string): { text: string; caret: number } {
  const start = `${text.slice(0, asked.at)}@${name} `;
  return { text: start + text.slice(caret).trimStart(), caret: start.length };
}
