import { useId, useState } from "preact/hooks";
import type { MessageId } from "../../contract.gen";
import type { Refusal, Slot } from "../../state";
import { words } from "../../words";
import { useHere } from "./here";
import { Near } from "./Near";
import { Writer } from "./Writer";

/** My message, to be put into other words in its place. */
export function EditBox({ id }: { id: MessageId }) {
  const here = useHere();
  const { composer } = here.store;
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const wrong = useId();
  const slot: Slot = { is: "edit", of: id };
  const t = words.value;
  const leave = (): void => {
    here.editing.value = null;
    document.getElementById(id)?.focus({ preventScroll: true });
  };
  const save = (): void => {
    const refused = composer.send(slot);
    setRefusal(refused);
    if (refused === null) leave();
  };
  const drop = (): void => {
    composer.drop(slot);
    leave();
  };
  return (
    <div class="edit answer">
      <Writer
        slot={slot}
        class="field"
        label={t.message.editLabel}
        describedBy={refusal === null ? undefined : wrong}
        rows={2}
        focused
        onSend={save}
        onEscape={drop}
      />
      {refusal === null ? null : (
        <p class="wrong" id={wrong} role="alert">
          {t.refusals[refusal.code](refusal.params)}
        </p>
      )}
      <div class="row tight">
        <button type="button" class="btn small main" onClick={save}>
          {t.message.save}
        </button>
        <button type="button" class="btn small plain" onClick={drop}>
          {t.message.dontSave}
        </button>
        <Near slot={slot} />
      </div>
    </div>
  );
}
