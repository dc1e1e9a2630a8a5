import { useId, useState } from "preact/hooks";
import type { Refusal, Slot } from "../../state";
import { Icon } from "../../ui/Icon";
import { words } from "../../words";
import { useHere } from "./here";
import { Near } from "./Near";
import { Writer } from "./Writer";

const NEW: Slot = { is: "new" };

/** Where the words go that everyone sees; beneath it, always, who that is. */
export function Composer({ hideNames }: { hideNames: boolean }) {
  const { composer } = useHere().store;
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const wrong = useId();
  const seen = useId();
  const t = words.value.composer;
  const hidden = hideNames && composer.hideName.value;
  const text = composer.draft(NEW).value.text;
  const nothing = text.trim() === "" || composer.left(text) < 0;
  const send = (): void => {
    // An empty box says nothing, so there is nothing to be told about it.
    if (text.trim() === "") return;
    setRefusal(composer.send(NEW));
  };
  return (
    <>
      {refusal === null ? null : (
        <p class="line bad" id={wrong} role="alert">
          <Icon name="cross" size="s" />
          <span>{words.value.refusals[refusal.code](refusal.params)}</span>
        </p>
      )}
      <form
        class={hidden ? "composer masked" : "composer"}
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <Writer
          slot={NEW}
          id="say"
          class="say"
          label={t.write}
          placeholder={t.placeholder}
          describedBy={[seen, refusal === null ? undefined : wrong].filter(Boolean).join(" ")}
          onSend={send}
        />
        <div class="end">
          <Near slot={NEW} />
          <button type="submit" class="btn main send" aria-disabled={nothing} aria-label={t.send}>
            <Icon name="send" turns />
            <span class="wide-only-inline">{t.send}</span>
          </button>
        </div>
      </form>
      <div class="foot-notes">
        <span class="withicon" id={seen}>
          <Icon name="eye" size="s" />
          {hidden ? t.seenWithoutName : t.seenByAll}
        </span>
        {hideNames ? (
          <label class="switch">
            <input
              type="checkbox"
              role="switch"
              checked={hidden}
              onChange={(event) => composer.setHideName(event.currentTarget.checked)}
            />
            <span>{t.hideName}</span>
          </label>
        ) : null}
      </div>
    </>
  );
}
