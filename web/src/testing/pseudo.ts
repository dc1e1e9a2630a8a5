/** A catalogue in no language: every text of ours stands between marks, so that a text from elsewhere is seen. */

const OPEN = "⟦";
const SHUT = "⟧";

export const isMarked = (text: string): boolean => text.includes(OPEN) && text.includes(SHUT);

/** The text without anything that stands between marks, also where marks stand inside marks. */
export function unmarked(text: string): string {
  const less = text.replace(/⟦[^⟦⟧]*⟧/g, "");
  return less === text ? text : unmarked(less);
}

// Names and numbers put into a text of ours are inside its marks already.
const mark = (text: string): string => OPEN + text.replace(/[⟦⟧]/g, "") + SHUT;

export function pseudo<T>(words: T): T {
  return made(words) as T;
}

function made(words: unknown): unknown {
  if (typeof words === "string") return mark(words);
  if (typeof words === "function") return (...given: unknown[]) => mark(String(Reflect.apply(words, null, given)));
  if (Array.isArray(words)) return words.map(made);
  if (typeof words === "object" && words !== null) {
    return Object.fromEntries(Object.entries(words).map(([key, value]) => [key, made(value)]));
  }
  return words;
}
