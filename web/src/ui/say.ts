import { signal } from "@preact/signals";

/** The last thing that was said to everyone's eyes and ears; `id` lets the same words be said twice. */
export const said = signal<{ readonly words: string; readonly id: number } | null>(null);

// Long enough to read six words twice; nothing depends on having seen it.
const SHOWN_MS = 5000;
let last = 0;

/** Shows a short line for a while and has it read out: "The link is copied." */
export function say(words: string): void {
  const id = ++last;
  said.value = { words, id };
  setTimeout(() => {
    if (said.peek()?.id === id) said.value = null;
  }, SHOWN_MS);
}
