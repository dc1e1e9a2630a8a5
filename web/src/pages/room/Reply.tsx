import type { Shown } from "../../state";
import { Face } from "../../ui/Face";
import { words } from "../../words";
import { Aside } from "./Aside";
import { asideOf, calledOf, nameOf } from "./author";
import { EditBox } from "./EditBox";
import { namedIn, useHere } from "./here";
import { MessageMenu } from "./MessageMenu";
import { Reactions } from "./Reactions";
import { holdsFocus, RemovedNote } from "./Removed";
import { RefusedSlip, SendingState } from "./Sending";
import { Tags } from "./Tags";
import { When } from "./When";
import { Words } from "./Words";

/** An answer to a message. It can be reacted to, but not answered: there is no second level. */
export function Reply({ message }: { message: Shown }) {
  const here = useHere();
  const t = words.value;
  const id = message.message;
  if (message.removed !== null || message.text === null) {
    return <RemovedNote message={message} focused={holdsFocus(id)} />;
  }
  const sent = id !== null && message.sending.is === "sent";
  return (
    <article
      class={sent ? "rep" : "rep sending"}
      aria-label={message.own ? t.message.byMe : t.message.by(nameOf(message.author, t))}
      id={id ?? undefined}
      tabIndex={-1}
    >
      <Face
        person={message.author.person ?? null}
        name={nameOf(message.author, t)}
        host={message.author.role === "host"}
        small
      />
      <div>
        <p class="rep-h">
          <b>{calledOf(message, t)}</b>
          <Tags role={message.author.role} standing={message.author.standing} />
          <Aside words={asideOf(message, here.myName.value, t)} />
          <When at_ms={message.at_ms} edited={message.edited} />
          {sent ? (
            <span class="more">
              <MessageMenu message={message} id={id} />
            </span>
          ) : null}
        </p>
        {id !== null && here.editing.value === id ? (
          <EditBox id={id} />
        ) : (
          <Words text={message.text} named={namedIn(message, here)} />
        )}
        <RefusedSlip message={message} />
        <div class="acts">
          {sent ? <Reactions message={message} id={id} /> : null}
          <SendingState message={message} />
        </div>
      </div>
    </article>
  );
}
