import { useRef, useState } from "preact/hooks";
import type { MessageId } from "../../contract.gen";
import { messagePath } from "../../shell/routes";
import type { Shown } from "../../state";
import { copy } from "../../ui/copy";
import { Question } from "../../ui/Dialog";
import { Icon, type IconName } from "../../ui/Icon";
import { Popup } from "../../ui/Popup";
import { say } from "../../ui/say";
import { canSpeak, speak, speaking } from "../../ui/speech";
import { locale, words } from "../../words";
import { calledOf, isHidden, nameOf } from "./author";
import { useHere } from "./here";

interface Item {
  readonly icon: IconName;
  readonly words: string;
  readonly danger?: boolean;
  readonly go: () => void;
}

/** The "…" of a message: only what this person may do with it. */
export function MessageMenu({ message, id }: { message: Shown; id: MessageId }) {
  const here = useHere();
  const { store } = here;
  const t = words.value;
  const [open, setOpen] = useState(false);
  const [asking, setAsking] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = useRef(() => setOpen(false)).current;
  const copyLink = async (): Promise<void> => {
    const link = location.origin + messagePath(here.slug, here.roomSlug, id);
    say((await copy(link)) ? t.message.copied : `${t.message.copyByHand} ${link}`);
  };
  const items: Item[] = [];
  if (message.own && here.may.edit.value) {
    items.push({ icon: "pen", words: t.message.edit, go: () => (here.editing.value = id) });
  }
  items.push({ icon: "link", words: t.message.copyLink, go: () => void copyLink() });
  if (canSpeak()) {
    const stop = speaking.value === id;
    items.push({
      icon: "talk",
      words: stop ? t.message.stopListening : t.message.listen,
      go: () => speak(id, `${calledOf(message, t)}. ${message.text ?? ""}`, locale.peek()),
    });
  }
  if (message.own ? here.may.removeOwn.value : here.may.removeAny.value) {
    items.push({ icon: "bin", words: t.message.remove, danger: true, go: () => setAsking(true) });
  }
  const label = message.own
    ? t.message.moreMine
    : isHidden(message.author)
      ? t.message.moreHidden
      : t.message.moreOf(nameOf(message.author, t));
  return (
    <>
      <button
        ref={button}
        type="button"
        class="act"
        aria-label={label}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name="more" />
      </button>
      {open ? (
        <Popup anchor={button} label={label} kind="menu" onClose={close}>
          {items.map((item) => (
            <button
              key={item.icon}
              type="button"
              class={item.danger === true ? "danger" : undefined}
              onClick={() => {
                button.current?.focus({ preventScroll: true });
                setOpen(false);
                item.go();
              }}
            >
              <Icon name={item.icon} />
              {item.words}
            </button>
          ))}
        </Popup>
      ) : null}
      {asking ? (
        <Question
          title={t.message.removeAsk}
          help={message.own ? t.message.removeMineHelp : t.message.removeOtherHelp}
          no={t.message.removeDont}
          yes={t.message.removeDo}
          onNo={() => setAsking(false)}
          onYes={() => {
            setAsking(false);
            store.remove(id);
          }}
        />
      ) : null}
    </>
  );
}
