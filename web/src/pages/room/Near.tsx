import type { Slot } from "../../state";
import { words } from "../../words";
import { useHere } from "./here";

// Early enough to end a sentence.
const NEAR = 300;

/** How much room is left, shown only near the limit. */
export function Near({ slot }: { slot: Slot }) {
  const { composer } = useHere().store;
  const left = composer.left(composer.draft(slot).value.text);
  if (left > NEAR) return null;
  const t = words.value.composer;
  return (
    <span class={left < 0 ? "near over" : "near"} role="status">
      {left < 0 ? t.over(-left) : t.left(left)}
    </span>
  );
}
