import { useState } from "preact/hooks";
import { useApp } from "../../shell/context";
import { go } from "../../shell/location";
import { joinPath } from "../../shell/routes";
import { failureWords, useAsk } from "../../ui/ask";
import { Field } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { pageWords } from "../../words/pages";

const LETTERS = 6;

/** The letters alone, as the server compares them. */
export const lettersOf = (typed: string): string => typed.replace(/[\s-]/g, "").toUpperCase();

/** A code that was read out or shown on a screen. */
export function CodeForm() {
  const app = useApp();
  const [typed, setTyped] = useState("");
  const [short, setShort] = useState(false);
  const ask = useAsk();
  const t = pageWords.value.code;
  const enter = (event: Event): void => {
    event.preventDefault();
    const code = lettersOf(typed);
    setShort(code.length !== LETTERS);
    if (code.length !== LETTERS) return;
    void ask.run(async () => {
      await app.api("look_invitation", { body: { secret: code } });
      go(joinPath(code));
    });
  };
  return (
    <form onSubmit={enter} class="code-form" noValidate>
      <h2 class="ask">{t.ask}</h2>
      <Field
        label={t.label}
        help={t.help}
        value={typed}
        onInput={(value) => {
          setTyped(value);
          setShort(false);
          ask.clear();
        }}
        wrong={short ? t.short : ask.failure === null ? null : failureWords(ask.failure)}
        spellcheck={false}
        maxLength={12}
      />
      <button type="submit" class="btn main big" aria-disabled={ask.busy}>
        {t.go}
        <Icon name="right" turns />
      </button>
    </form>
  );
}
