import { useLayoutEffect, useRef } from "preact/hooks";
import type { RemovedBy } from "../../contract.gen";
import type { Shown } from "../../state";
import { Icon } from "../../ui/Icon";
import { words } from "../../words";

function removedWords(by: RemovedBy | null): string {
  const t = words.value.message;
  switch (by) {
    case "team":
      return t.removedByTeam;
    case "age":
      return t.removedByAge;
    case "erased":
      return t.removedErased;
    case "author":
    case null:
      return t.removedByAuthor;
  }
}

/** A removed message leaves one quiet line and no name; the focus that was on it stays in its place. */
export function RemovedNote({ message, focused }: { message: Shown; focused: boolean }) {
  const note = useRef<HTMLParagraphElement>(null);
  useLayoutEffect(() => {
    if (focused) note.current?.focus({ preventScroll: true });
    // Only what was so when it took the message's place counts.
  }, []);
  return (
    <p class="plainnote" id={message.message ?? undefined} ref={note} tabIndex={-1}>
      <Icon name="quiet" size="s" />
      {removedWords(message.removed)}
    </p>
  );
}

/** Whether the focus is on a message or in it. To be asked before what takes its place is drawn. */
export const holdsFocus = (id: string | null): boolean =>
  id !== null && document.getElementById(id)?.contains(document.activeElement) === true;
