import { useId, useLayoutEffect, useRef } from "preact/hooks";
import type { PersonLine } from "../../contract.gen";
import { reading } from "../../reading/settings";
import type { Slot } from "../../state";
import { Face } from "../../ui/Face";
import { touches } from "../../ui/media";
import { words } from "../../words";
import { useHere } from "./here";
import { enterSends, sends, withName } from "./keys";
import { useMentions } from "./useMentions";

export interface WriterProps {
  readonly slot: Slot;
  readonly label: string;
  readonly placeholder?: string;
  readonly class: string;
  readonly id?: string;
  readonly rows?: number;
  readonly describedBy?: string | undefined;
  /** The keyboard is here at once: the reader asked to write. */
  readonly focused?: boolean;
  readonly onSend: () => void;
  readonly onEscape?: () => void;
}

/** Where somebody writes: keeps the draft, grows with it, sends by key, and finds people after "@". */
export function Writer(props: WriterProps) {
  const { store } = useHere();
  const { slot } = props;
  const draft = store.composer.draft(slot).value;
  const box = useRef<HTMLTextAreaElement>(null);
  const caret = useRef<number | null>(null);
  const mentions = useMentions();
  const list = useId();
  const hint = useId();
  const t = words.value.composer;
  const enter = enterSends(reading.value.enter, touches.value);
  const { focused } = props;
  useLayoutEffect(() => {
    if (focused === true) box.current?.focus({ preventScroll: true });
  }, [focused]);
  useLayoutEffect(() => {
    if (box.current !== null) grow(box.current);
    if (caret.current !== null) box.current?.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  }, [draft.text]);
  const choose = (person: PersonLine): void => {
    if (mentions.asked === null || box.current === null) return;
    const next = withName(draft.text, mentions.asked, box.current.selectionStart, person.name);
    caret.current = next.caret;
    store.composer.write(slot, next.text);
    store.composer.mention(slot, person.person, person.name);
    mentions.stop();
    box.current.focus();
  };
  const open = mentions.asked !== null && mentions.people.length > 0;
  /** The keys that belong to the list of people while it is open. */
  const forList = (event: KeyboardEvent): boolean => {
    if (!open || event.isComposing) return false;
    const count = mentions.people.length;
    switch (event.key) {
      case "ArrowDown":
        mentions.setActive((mentions.active + 1) % count);
        return true;
      case "ArrowUp":
        mentions.setActive((mentions.active - 1 + count) % count);
        return true;
      case "Enter":
      case "Tab": {
        const person = mentions.people[mentions.active];
        if (person !== undefined) choose(person);
        return true;
      }
      case "Escape":
        mentions.stop();
        return true;
      default:
        return false;
    }
  };
  const pressed = (event: KeyboardEvent): void => {
    if (forList(event)) event.preventDefault();
    else if (sends(event, enter)) {
      event.preventDefault();
      props.onSend();
    } else if (event.key === "Escape") props.onEscape?.();
  };
  return (
    <>
      {open ? (
        <div class="people-found" role="listbox" id={list} aria-label={t.mentionList}>
          {mentions.people.map((person, i) => (
            <Found
              key={person.person}
              id={`${list}-${i}`}
              person={person}
              chosen={i === mentions.active}
              onChoose={() => choose(person)}
            />
          ))}
        </div>
      ) : null}
      <textarea
        ref={box}
        id={props.id}
        class={props.class}
        rows={props.rows ?? 1}
        dir="auto"
        value={draft.text}
        aria-label={props.label}
        placeholder={props.placeholder}
        aria-describedby={[hint, props.describedBy].filter(Boolean).join(" ")}
        aria-autocomplete="list"
        aria-haspopup="listbox"
        aria-controls={open ? list : undefined}
        aria-activedescendant={open ? `${list}-${mentions.active}` : undefined}
        enterkeyhint={enter ? "send" : "enter"}
        onInput={(event) => {
          const { value, selectionStart } = event.currentTarget;
          store.composer.write(slot, value);
          mentions.look(value, selectionStart);
        }}
        onSelect={(event) => mentions.look(event.currentTarget.value, event.currentTarget.selectionStart)}
        onBlur={() => mentions.stop()}
        onKeyDown={pressed}
      />
      <span class="sr" id={hint}>
        {enter ? t.enterSends : t.enterLines}
      </span>
      <span class="sr" role="status">
        {mentions.asked === null || mentions.asked.query === ""
          ? ""
          : mentions.people.length === 0
            ? t.mentionNone
            : t.mentionCount(mentions.people.length)}
      </span>
    </>
  );
}

interface FoundProps {
  readonly id: string;
  readonly person: PersonLine;
  readonly chosen: boolean;
  readonly onChoose: () => void;
}

function Found({ id, person, chosen, onChoose }: FoundProps) {
  const line = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const item = line.current;
    // Pressing must not take the focus from the text; the keys work through the text itself.
    const down = (event: Event): void => {
      event.preventDefault();
      onChoose();
    };
    item?.addEventListener("pointerdown", down);
    return () => item?.removeEventListener("pointerdown", down);
  }, [onChoose]);
  return (
    <div ref={line} id={id} role="option" aria-selected={chosen}>
      <Face person={person.person} name={person.name} host={person.role === "host"} small />
      <span class="grow">{person.name}</span>
      <span class="quiet">{person.standing}</span>
    </div>
  );
}

/** Browsers that can't let a box grow by itself get its height from its words. */
function grow(box: HTMLTextAreaElement): void {
  if (typeof CSS === "object" && CSS.supports("field-sizing", "content")) return;
  box.style.setProperty("height", "auto");
  box.style.setProperty("height", `${box.scrollHeight + 3}px`);
}
