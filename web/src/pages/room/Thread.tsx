import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { MessageId } from "../../contract.gen";
import type { Refusal, Shown, Slot } from "../../state";
import { Icon } from "../../ui/Icon";
import { words } from "../../words";
import { calledOf } from "./author";
import { useHere } from "./here";
import { Near } from "./Near";
import { Reply } from "./Reply";
import { Writer } from "./Writer";

interface ThreadProps {
  readonly message: Shown;
  readonly id: MessageId;
}

/** The answers to one message, in the margin beside the conversation. */
export function ThreadBeside({ message, id }: ThreadProps) {
  const here = useHere();
  const t = words.value;
  const heading = useId();
  const title = useRef<HTMLHeadingElement>(null);
  // Opened far from the button that was pressed: whoever can't see it is taken there, unless they are writing already.
  useEffect(() => {
    const card = title.current?.closest("section");
    if (card?.contains(document.activeElement) === false) title.current?.focus({ preventScroll: true });
  }, [id]);
  const close = (): void => {
    here.thread.value = null;
    document.getElementById(id)?.focus({ preventScroll: true });
  };
  return (
    <section class="card thread-card" aria-labelledby={heading}>
      <div class="row between">
        <h2 class="h-desk" id={heading} ref={title} tabIndex={-1}>
          {t.message.repliesTo(calledOf(message, t))}
        </h2>
        <button type="button" class="btn plain only" aria-label={t.message.closeReplies} onClick={close}>
          <Icon name="cross" />
        </button>
      </div>
      {message.text === null ? null : (
        <blockquote class="thread-of" dir="auto">
          {message.text}
        </blockquote>
      )}
      <Answers message={message} id={id} />
    </section>
  );
}

/** The same under the message, where there is no margin. */
export function ThreadUnder({ message, id }: ThreadProps) {
  const t = words.value;
  return (
    <section class="thread-under" aria-label={t.message.repliesTo(calledOf(message, t))}>
      <Answers message={message} id={id} />
    </section>
  );
}

function Answers({ message, id }: ThreadProps) {
  const here = useHere();
  const mayReply = here.may.post.value && message.removed === null;
  return (
    <>
      {message.replies.length === 0 ? null : (
        <ol class="reps">
          {message.replies.map((reply) => (
            <li key={reply.key}>
              <Reply message={reply} />
            </li>
          ))}
        </ol>
      )}
      {mayReply ? <AnswerBox message={message} id={id} /> : null}
    </>
  );
}

function AnswerBox({ message, id }: ThreadProps) {
  const { store } = useHere();
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const seen = useId();
  const t = words.value;
  const slot: Slot = { is: "reply", to: id };
  const label = t.message.replyTo(calledOf(message, t));
  const hideNames = store.screen.value?.room.hide_names === true;
  const hidden = hideNames && store.composer.hideName.value;
  const send = (): void => {
    if (store.composer.draft(slot).peek().text.trim() !== "") setRefusal(store.composer.send(slot));
  };
  return (
    <div class="answer">
      <Writer
        slot={slot}
        class="field"
        rows={2}
        label={t.composer.replyLabel(calledOf(message, t))}
        placeholder={label}
        describedBy={seen}
        focused={message.replies.length === 0}
        onSend={send}
      />
      {refusal === null ? null : (
        <p class="wrong" role="alert">
          {t.refusals[refusal.code](refusal.params)}
        </p>
      )}
      <div class="row between">
        <span class="quiet withicon" id={seen}>
          <Icon name="eye" size="s" />
          {hidden ? t.composer.seenWithoutName : t.composer.seenByAll}
        </span>
        <Near slot={slot} />
        <button type="button" class="btn small" onClick={send}>
          {t.message.reply}
        </button>
      </div>
    </div>
  );
}
