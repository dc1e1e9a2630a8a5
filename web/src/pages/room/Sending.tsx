import type { ComponentChild } from "preact";
import type { Sending, Shown } from "../../state";
import { Icon, type IconName } from "../../ui/Icon";
import { words } from "../../words";
import { useHere } from "./here";

/** The sending that has something to say: of the message itself, or of my change to it. */
function pendingOf(message: Shown): { readonly key: string; readonly sending: Sending; readonly change: boolean } {
  return message.change === null
    ? { key: message.key, sending: message.sending, change: false }
    : { key: message.change.key, sending: message.change.sending, change: true };
}

function State({ icon, children }: { icon: IconName; children: ComponentChild }) {
  return (
    <span class="state withicon">
      <Icon name={icon} size="s" />
      {children}
    </span>
  );
}

/** How far my message is. A message of somebody else's has no such line. */
export function SendingState({ message }: { message: Shown }) {
  if (!message.own) return null;
  const t = words.value.message;
  const { sending } = pendingOf(message);
  switch (sending.is) {
    case "sent":
      return <State icon="check">{t.sent}</State>;
    case "sending":
      return <State icon="waiting">{t.sending}</State>;
    case "waiting":
      return <State icon="waiting">{t.waiting}</State>;
    case "retrying":
      return <State icon="again">{words.value.refusals[sending.code]({})}</State>;
    case "held":
      return <State icon="waiting">{t.held}</State>;
    case "kept":
    case "refused":
      return null;
  }
}

/** A refused message is never only gone: the reason, and a way to mend it. */
export function RefusedSlip({ message }: { message: Shown }) {
  const { store, may } = useHere();
  const { key, sending, change } = pendingOf(message);
  if (sending.is !== "refused" && sending.is !== "kept") return null;
  const t = words.value.message;
  const why = sending.is === "kept" ? t.kept : words.value.refusals[sending.refusal.code](sending.refusal.params);
  /** The words go back to where they were written, and so does the person. */
  const mend = (): void => {
    store.takeBack(key);
    const box = message.replyTo === null ? document.getElementById("say") : null;
    box?.focus();
  };
  return (
    <div class="why">
      <p>
        <span class="strong">{sending.is === "kept" ? t.notSentYet : change ? t.notChanged : t.notSent}.</span> {why}
      </p>
      <div class="row tight">
        {sending.is === "kept" ? (
          <button type="button" class="btn small main" onClick={() => store.retry(key)}>
            {t.sendNow}
          </button>
        ) : change ? (
          <button type="button" class="btn small" onClick={() => store.retry(key)}>
            {words.value.shell.tryAgain}
          </button>
        ) : may.post.value ? (
          <button type="button" class="btn small main" onClick={mend}>
            <Icon name="pen" size="s" />
            {t.changeIt}
          </button>
        ) : null}
        {/* In a room that was closed it can't work; when that opens again, it is here again. */}
        {sending.is === "refused" && !change && may.post.value ? (
          <button type="button" class="btn small" onClick={() => store.retry(key)}>
            {words.value.shell.tryAgain}
          </button>
        ) : null}
        <button type="button" class="btn small plain" onClick={() => store.discard(key)}>
          {change ? t.dontSave : t.takeBack}
        </button>
      </div>
    </div>
  );
}
