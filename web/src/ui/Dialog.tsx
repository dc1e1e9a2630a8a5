import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { words } from "../words";
import { Icon } from "./Icon";

export interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  /** For a question the safe button closes, so no cross is drawn. */
  readonly question?: boolean;
  readonly children: ComponentChildren;
}

/** A native dialog: the browser keeps the focus inside, closes on Esc and gives the focus back. */
export function Dialog({ title, onClose, question = false, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const shown = dialog.current;
    const back = document.activeElement;
    if (shown !== null && !shown.open) shown.showModal();
    return () => {
      shown?.close();
      const now = document.activeElement;
      // Removed before it was closed, a dialog leaves the focus nowhere. One that Esc has closed is removed later: the
      // browser has given the focus back already, and somebody quick may have gone on with it.
      const lost = now === null || now === document.body || shown?.contains(now) === true;
      if (lost && back instanceof HTMLElement && back.isConnected) back.focus({ preventScroll: true });
    };
  }, []);
  useEffect(() => {
    const shown = dialog.current;
    // A press beside it closes; the keyboard's way out is Esc, which the browser brings.
    const outside = (event: MouseEvent): void => {
      if (shown !== null && event.target === shown && isOutside(event, shown)) onClose();
    };
    shown?.addEventListener("click", outside);
    return () => shown?.removeEventListener("click", outside);
  }, [onClose]);
  return (
    <dialog ref={dialog} aria-labelledby={heading} onClose={onClose}>
      <div class="row between">
        <h2 class="h-card" id={heading}>
          {title}
        </h2>
        {question ? null : (
          <button type="button" class="btn plain only" aria-label={words.value.shell.close} onClick={onClose}>
            <Icon name="cross" />
          </button>
        )}
      </div>
      {children}
    </dialog>
  );
}

/** A press on the dimmed page arrives as one on the dialog itself. */
function isOutside(event: MouseEvent, dialog: HTMLElement): boolean {
  const box = dialog.getBoundingClientRect();
  const { clientX: x, clientY: y } = event;
  return x < box.left || x > box.right || y < box.top || y > box.bottom;
}

export interface QuestionProps {
  readonly title: string;
  /** What will happen, in one sentence. */
  readonly help: string;
  /** Named after the deed. */
  readonly yes: string;
  readonly no: string;
  /** Something is given, and not taken away. */
  readonly gives?: boolean;
  readonly onYes: () => void;
  readonly onNo: () => void;
  /** Something else that could be done first. */
  readonly children?: ComponentChildren;
}

/** Asks before something that can't be undone. The safe button has the focus first. */
export function Question({ title, help, yes, no, gives = false, onYes, onNo, children }: QuestionProps) {
  const safe = useRef<HTMLButtonElement>(null);
  useEffect(() => safe.current?.focus(), []);
  return (
    <Dialog title={title} onClose={onNo} question>
      <p class="soft">{help}</p>
      {children}
      <div class="dos">
        <button type="button" class="btn" ref={safe} onClick={onNo}>
          {no}
        </button>
        <button type="button" class={gives ? "btn main" : "btn bad"} onClick={onYes}>
          {yes}
        </button>
      </div>
    </Dialog>
  );
}
