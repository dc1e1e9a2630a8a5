import { useId } from "preact/hooks";
import { Icon } from "./Icon";

export interface Choice<T extends string> {
  readonly value: T;
  readonly words: string;
  /** Where the words are in another language than the page. */
  readonly lang?: string;
}

export interface ChoicesProps<T extends string> {
  readonly legend: string;
  readonly of: readonly Choice<T>[];
  /** Null: nothing is chosen yet. */
  readonly value: T | null;
  readonly onChoose: (value: T) => void;
}

/** One of a few, each a word of its own size: radio buttons to the keyboard and to a screen reader. */
export function Choices<T extends string>({ legend, of, value, onChoose }: ChoicesProps<T>) {
  const name = useId();
  return (
    <fieldset>
      <legend class="label">{legend}</legend>
      <div class="choices">
        {of.map((choice) => (
          <label class="choice" key={choice.value}>
            <input
              type="radio"
              name={name}
              checked={choice.value === value}
              onChange={() => {
                onChoose(choice.value);
              }}
            />
            <span>
              <Icon name="check" size="s" />
              <span lang={choice.lang}>{choice.words}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
