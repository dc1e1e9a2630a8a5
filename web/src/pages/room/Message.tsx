import { useComputed } from "@preact/signals";
import type { MessageId } from "../../contract.gen";
import type { Shown } from "../../state";
import { Face } from "../../ui/Face";
import { Icon } from "../../ui/Icon";
import { hasMargin } from "../../ui/media";
import { words } from "../../words";
import { Aside } from "./Aside";
import { asideOf, calledOf, isHidden, nameOf } from "./author";
import { EditBox } from "./EditBox";
import { namedIn, useHere } from "./here";
import { MessageMenu } from "./MessageMenu";
import { Reactions } from "./Reactions";
import { holdsFocus, RemovedNote } from "./Removed";
import { RefusedSlip, SendingState } from "./Sending";
import { Tags } from "./Tags";
import { ThreadUnder } from "./Thread";
import { When } from "./When";
import { Words } from "./Words";

/** The looks that a message takes on; each also has its words. */
export function looksOf(message: Shown, first: boolean): string {
  const looks = ["msg"];
  if (!first) looks.push("more");
  if (message.author.role === "host" && !isHidden(message.author)) looks.push("host");
  if (message.own) looks.push("mine");
  switch (message.sending.is) {
    case "sending":
    case "waiting":
    case "retrying":
      looks.push("sending");
      break;
    case "held":
    case "kept":
      looks.push("held");
      break;
    case "refused":
      looks.push("refused");
      break;
    case "sent":
      break;
  }
  return looks.join(" ");
}

export function Message({ message, first }: { message: Shown; first: boolean }) {
  const here = useHere();
  const t = words.value;
  const id = message.message;
  // Each a yes or no of its own, so that opening one message does not draw all the others anew.
  const editing = useComputed(() => here.editing.value === id);
  const found = useComputed(() => id !== null && here.reader.found.value === id);
  if (message.removed !== null || message.text === null) {
    return (
      <>
        <RemovedNote message={message} focused={holdsFocus(id)} />
        {message.replies.length === 0 ? null : <Under message={message} />}
      </>
    );
  }
  const sent = message.sending.is === "sent";
  const menu = id === null || !sent ? null : <MessageMenu message={message} id={id} />;
  const label = message.own ? t.message.byMe : t.message.by(nameOf(message.author, t));
  return (
    <article
      class={found.value ? `${looksOf(message, first)} found` : looksOf(message, first)}
      aria-label={label}
      id={id ?? undefined}
      tabIndex={-1}
    >
      {first ? (
        <Face
          person={message.author.person ?? null}
          name={nameOf(message.author, t)}
          host={message.author.role === "host"}
        />
      ) : (
        <span />
      )}
      <div>
        {first ? (
          <header>
            <span class="name">{calledOf(message, t)}</span>
            <Tags role={message.author.role} standing={message.author.standing} />
            <Aside words={asideOf(message, here.myName.value, t)} />
            <span class="when">
              <When at_ms={message.at_ms} edited={message.edited} />
              {menu}
            </span>
          </header>
        ) : (
          <div class="aside">
            <span class="sr">
              <When at_ms={message.at_ms} edited={false} />
            </span>
            {message.edited ? <span class="state">{t.message.edited}</span> : null}
            {menu}
          </div>
        )}
        {id !== null && editing.value ? (
          <EditBox id={id} />
        ) : (
          <Words text={message.text} named={namedIn(message, here)} />
        )}
        <RefusedSlip message={message} />
        <Under message={message} />
      </div>
    </article>
  );
}

/** Signs, Reply, how far my sending is; and below the margin's width, the answers. */
function Under({ message }: { message: Shown }) {
  const id = message.message;
  if (id === null || message.sending.is !== "sent") {
    return (
      <div class="acts">
        <SendingState message={message} />
      </div>
    );
  }
  return <UnderSent message={message} id={id} />;
}

function UnderSent({ message, id }: { message: Shown; id: MessageId }) {
  const here = useHere();
  const t = words.value;
  const count = message.replies.filter((reply) => reply.removed === null).length;
  const any = message.replies.length > 0;
  const open = useComputed(() => here.thread.value === id).value;
  const mayReply = here.may.post.value && message.removed === null;
  const toggle = (): void => {
    here.thread.value = open ? null : id;
  };
  const label = count > 0 ? t.message.replies(count) : t.message.reply;
  return (
    <>
      <div class="acts">
        {message.removed === null ? <Reactions message={message} id={id} /> : null}
        {any || mayReply ? (
          <button
            type="button"
            class={any ? "act open" : "act"}
            aria-expanded={open}
            aria-label={any ? undefined : t.message.replyTo(calledOf(message, t))}
            onClick={toggle}
          >
            <Icon name="reply" turns />
            <span>{label}</span>
          </button>
        ) : null}
        <SendingState message={message} />
      </div>
      {open && !hasMargin.value ? <ThreadUnder message={message} id={id} /> : null}
    </>
  );
}
