import type { ComponentChildren, RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

export interface PopupProps {
  /** What it stands beside, and where the focus goes back to. */
  readonly anchor: RefObject<HTMLElement | null>;
  readonly label: string;
  readonly kind: "menu" | "signs";
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

const GAP_PX = 6;
const EDGE_PX = 8;

/** Below the anchor, or above where there is no room; always inside the window. */
export function place(popup: HTMLElement, anchor: HTMLElement): void {
  const at = anchor.getBoundingClientRect();
  const size = popup.getBoundingClientRect();
  const below = at.bottom + GAP_PX;
  const top = below + size.height > innerHeight - EDGE_PX ? at.top - size.height - GAP_PX : below;
  const rtl = document.documentElement.dir === "rtl";
  const left = rtl ? at.left : at.right - size.width;
  popup.style.setProperty("top", `${Math.max(EDGE_PX, top)}px`);
  popup.style.setProperty("left", `${Math.min(Math.max(EDGE_PX, left), innerWidth - size.width - EDGE_PX)}px`);
}

/** A small sheet of buttons beside the button that opened it. Esc, a press elsewhere or leaving it closes it. */
export function Popup({ anchor, label, kind, onClose, children }: PopupProps) {
  const popup = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const sheet = popup.current;
    const from = anchor.current;
    if (sheet === null || from === null) return undefined;
    // In the top layer nothing clips it. An old browser without popovers shows it in its place all the same.
    if ("showPopover" in sheet) sheet.showPopover();
    const again = (): void => place(sheet, from);
    again();
    sheet.querySelector("button")?.focus({ preventScroll: true });
    addEventListener("scroll", again, { passive: true });
    addEventListener("resize", again);
    return () => {
      removeEventListener("scroll", again);
      removeEventListener("resize", again);
    };
  }, [anchor]);
  // Before it is painted: a key that is pressed as soon as it is seen finds it listening.
  useLayoutEffect(() => {
    const sheet = popup.current;
    const keys = (event: KeyboardEvent): void => {
      if (event.key === "Escape") {
        event.stopPropagation();
        anchor.current?.focus();
        onClose();
      } else if (sheet !== null && moveFocus(sheet, event.key)) event.preventDefault();
    };
    sheet?.addEventListener("keydown", keys);
    return () => sheet?.removeEventListener("keydown", keys);
  }, [anchor, onClose]);
  // Let go of before the next one opens: a listener that outlived its sheet would take that one for elsewhere.
  useLayoutEffect(() => {
    const elsewhere = (event: Event): void => {
      const target = event.target;
      if (!(target instanceof Node)) return;
      if (popup.current?.contains(target) === true || anchor.current?.contains(target) === true) return;
      onClose();
    };
    addEventListener("pointerdown", elsewhere);
    addEventListener("focusin", elsewhere);
    return () => {
      removeEventListener("pointerdown", elsewhere);
      removeEventListener("focusin", elsewhere);
    };
  }, [anchor, onClose]);
  return (
    <div ref={popup} class={`popup ${kind}`} popover="manual" role="group" aria-label={label}>
      {children}
    </div>
  );
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

/** The arrow keys walk through the buttons, round and round. False: the key means nothing here. */
function moveFocus(sheet: HTMLElement, key: string): boolean {
  const step = STEPS[key];
  if (step === undefined) return false;
  const buttons = [...sheet.querySelectorAll("button")];
  const now = buttons.findIndex((button) => button === document.activeElement);
  buttons[(now + step + buttons.length) % buttons.length]?.focus();
  return true;
}
