import { signal } from "@preact/signals";
import { Choices } from "../ui/Choices";
import { Dialog } from "../ui/Dialog";
import { language, LANGUAGES, words, type Language } from "../words";
import { reading, setReading, type Enter, type Spacing, type Theme } from "./settings";

const open = signal(false);

export function openReadingHelp(): void {
  open.value = true;
}

const close = (): void => {
  open.value = false;
};

/** Size, spacing, light or dark, how much of the talk, the Enter key and the language. Stands once in the shell. */
export function ReadingHelp() {
  return open.value ? <ReadingDialog onClose={close} /> : null;
}

export function ReadingDialog({ onClose }: { onClose: () => void }) {
  const t = words.value.reading;
  const now = reading.value;
  const pairs = <T extends string>(all: Readonly<Record<T, string>>): { value: T; words: string }[] =>
    (Object.keys(all) as T[]).map((value) => ({ value, words: all[value] }));
  return (
    <Dialog title={t.title} onClose={onClose}>
      <div class="stack-l reading">
        <Choices
          legend={t.size}
          of={t.sizes.map((size, step) => ({ value: String(step), words: size }))}
          value={String(now.text)}
          onChoose={(step) => setReading({ text: Number(step) })}
        />
        <Choices<Spacing>
          legend={t.spacing}
          of={pairs(t.spacings)}
          value={now.spacing}
          onChoose={(spacing) => setReading({ spacing })}
        />
        <Choices<Theme>
          legend={t.light}
          of={pairs(t.lights)}
          value={now.theme}
          onChoose={(theme) => setReading({ theme })}
        />
        <div class="stack">
          <Choices
            legend={t.calm}
            of={pairs(t.calms)}
            value={now.calm ? "calm" : "all"}
            onChoose={(much) => setReading({ calm: much === "calm" })}
          />
          <p class="quiet">{t.calmHelp}</p>
        </div>
        <Choices<Enter>
          legend={t.enter}
          of={pairs(t.enters)}
          value={now.enter}
          onChoose={(enter) => setReading({ enter })}
        />
        <Choices<Language>
          legend={t.language}
          of={pairs(LANGUAGES).map(({ value, words: named }) => ({ value, words: named, lang: value }))}
          value={language.value}
          onChoose={(chosen) => setReading({ language: chosen })}
        />
        <div class="row between">
          <p class="quiet">{t.kept}</p>
          <button type="button" class="btn main" onClick={onClose}>
            {t.done}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
