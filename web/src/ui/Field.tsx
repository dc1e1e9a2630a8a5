import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Icon } from "./Icon";

export interface FieldProps {
  readonly label: string;
  readonly help?: string;
  /** What is wrong with it, said beside it. */
  readonly wrong?: string | null;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly lines?: number;
  readonly big?: boolean;
  readonly autocomplete?: string;
  readonly required?: boolean;
  readonly maxLength?: number;
  readonly spellcheck?: boolean;
  readonly inputMode?: "text" | "numeric";
  readonly id?: string;
  readonly children?: ComponentChildren;
}

/** A label, one line of help, the field, and its fault beside it. */
export function Field(props: FieldProps) {
  const made = useId();
  const id = props.id ?? made;
  const wrong = props.wrong ?? null;
  const described = [props.help === undefined ? "" : `${id}-help`, wrong === null ? "" : `${id}-wrong`].filter(Boolean);
  const shared = {
    id,
    class: props.big === true ? "field big" : "field",
    value: props.value,
    required: props.required === true,
    "aria-invalid": wrong !== null,
    "aria-describedby": described.length === 0 ? undefined : described.join(" "),
    maxLength: props.maxLength,
    dir: "auto" as const,
    spellcheck: props.spellcheck,
  };
  return (
    <div>
      <label class={props.big === true ? "ask" : "label"} for={id}>
        {props.label}
      </label>
      {props.help === undefined ? null : (
        <p class="help" id={`${id}-help`}>
          {props.help}
        </p>
      )}
      {props.lines === undefined ? (
        <input
          {...shared}
          type="text"
          inputMode={props.inputMode}
          autocomplete={props.autocomplete ?? "off"}
          onInput={(event) => props.onInput(event.currentTarget.value)}
        />
      ) : (
        <textarea {...shared} rows={props.lines} onInput={(event) => props.onInput(event.currentTarget.value)} />
      )}
      {props.children}
      <Wrong id={`${id}-wrong`} words={wrong} />
    </div>
  );
}

export function Wrong({ id, words }: { id?: string; words: string | null }) {
  return words === null ? null : (
    <p class="wrong" id={id} role="alert">
      <Icon name="cross" size="s" />
      <span>{words}</span>
    </p>
  );
}
