import { useEffect, useRef, useState } from "preact/hooks";
import { REACTIONS, type MessageId, type Reaction } from "../../contract.gen";
import type { Shown } from "../../state";
import { Icon } from "../../ui/Icon";
import { Popup } from "../../ui/Popup";
import { words } from "../../words";
import { calledOf } from "./author";
import { useHere } from "./here";
import { FIRST, MORE, Sign } from "./Sign";

const given = (message: Shown): readonly Reaction[] =>
  REACTIONS.filter((reaction) => (message.counts[reaction] ?? 0) > 0 || message.mine.includes(reaction)).sort(
    (a, b) => (message.counts[b] ?? 0) - (message.counts[a] ?? 0),
  );

/** The signs under a message. Who may not give any still sees how often each was given. */
export function Reactions({ message, id }: { message: Shown; id: MessageId }) {
  const here = useHere();
  const { store } = here;
  const t = words.value.message;
  const may = here.may.react.value;
  return (
    <>
      {given(message).map((reaction) => {
        const mine = message.mine.includes(reaction);
        const count = message.counts[reaction] ?? 0;
        const label = t.reactionLabel(t.reactions[reaction], count, mine);
        const sign = (
          <span aria-hidden="true">
            <Sign reaction={reaction} />
            {count}
          </span>
        );
        return may ? (
          <button
            key={reaction}
            type="button"
            class="react"
            aria-pressed={mine}
            aria-label={label}
            onClick={() => store.react(id, reaction, !mine)}
          >
            {sign}
          </button>
        ) : (
          <span key={reaction} class={mine ? "react on" : "react"}>
            {sign}
            <span class="sr">{label}</span>
          </span>
        );
      })}
      {may ? <AddReaction message={message} id={id} /> : null}
    </>
  );
}

function AddReaction({ message, id }: { message: Shown; id: MessageId }) {
  const { store } = useHere();
  const [open, setOpen] = useState(false);
  const [all, setAll] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const t = words.value;
  const close = useRef(() => {
    setOpen(false);
    setAll(false);
  }).current;
  const firstOfMore = useRef<HTMLButtonElement>(null);
  // The button that was pressed is gone: go on at what it brought.
  useEffect(() => {
    if (all) firstOfMore.current?.focus({ preventScroll: true });
  }, [all]);
  const choose = (reaction: Reaction): void => {
    store.react(id, reaction, !message.mine.includes(reaction));
    close();
    button.current?.focus({ preventScroll: true });
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class="act"
        aria-label={message.own ? t.message.addReaction : t.message.addReactionTo(calledOf(message, t))}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name="addreact" />
      </button>
      {open ? (
        <Popup anchor={button} label={t.message.addReaction} kind="signs" onClose={close}>
          {(all ? [...FIRST, ...MORE] : FIRST).map((reaction, n) => (
            <button
              key={reaction}
              ref={n === FIRST.length ? firstOfMore : null}
              type="button"
              aria-pressed={message.mine.includes(reaction)}
              onClick={() => choose(reaction)}
            >
              <Sign reaction={reaction} />
              {t.message.reactions[reaction]}
            </button>
          ))}
          {all ? null : (
            <button type="button" onClick={() => setAll(true)}>
              <Icon name="plus" />
              {t.message.moreReactions}
            </button>
          )}
        </Popup>
      ) : null}
    </>
  );
}
