import { signal, type ReadonlySignal } from "@preact/signals";

function matching(query: string): ReadonlySignal<boolean> {
  const found = typeof matchMedia === "function" ? matchMedia(query) : null;
  const now = signal(found?.matches ?? false);
  found?.addEventListener("change", () => {
    now.value = found.matches;
  });
  return now;
}

/** There is a margin for replies and people: the same width as in `adapt.css`. */
export const hasMargin = matching("(min-width: 62.01rem)");

/** Fingers, not a mouse: Enter makes a line, as the phone's own apps do. */
export const touches = matching("(pointer: coarse)");
