import { computed, effect, signal, type ReadonlySignal } from "@preact/signals";
import { en } from "./en";

/** The languages there are, each named in itself. */
export const LANGUAGES = { en: "English", pl: "Polski" } as const;
export type Language = keyof typeof LANGUAGES;

export const DIRECTION: Readonly<Record<Language, "ltr" | "rtl">> = { en: "ltr", pl: "ltr" };

const isLanguage = (tag: string): tag is Language => Object.hasOwn(LANGUAGES, tag);

/** The first of the reader's languages that there are words in; English when there is none. */
export function chosenFrom(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split("-")[0] ?? "";
    if (isLanguage(base)) return base;
  }
  return "en";
}

/** The tag for dates and numbers: the reader's own region where it has the language, so 24 hours stay 24 hours. */
export function localeFor(language: Language, wanted: readonly string[]): string {
  const own = wanted.find((tag) => tag.toLowerCase().startsWith(`${language}-`));
  return own ?? (language === "en" ? "en-GB" : language);
}

export const language = signal<Language>("en");
export const locale = computed(() => localeFor(language.value, navigator.languages));

type Loaders<T> = Readonly<Record<Exclude<Language, "en">, () => Promise<T>>>;

const waiting = new Set<Promise<void>>();

/** Resolves when the words of every part in use are there. */
export async function wordsReady(): Promise<void> {
  if (waiting.size === 0) return;
  await Promise.all(waiting);
  await wordsReady();
}

/** A part of the catalogue. English comes with the page; another language is fetched when it is chosen. */
export function part<T>(english: T, others: Loaders<T>): ReadonlySignal<T> {
  const words = signal(english);
  effect(() => {
    const now = language.value;
    if (now === "en") {
      words.value = english;
      return;
    }
    const loading = others[now]().then(
      (loaded) => {
        if (language.peek() === now) words.value = loaded;
      },
      // Without a connection the words stay English; choosing again tries again.
      () => undefined,
    );
    waiting.add(loading);
    void loading.then(() => waiting.delete(loading));
  });
  return words;
}

export const words = part(en, { pl: () => import("./pl").then((m) => m.pl) });

/** Words with things put into their places: `{name}` becomes what `things.name` is. */
export function pieces<T>(text: string, things: Readonly<Record<string, T>>): readonly (string | T)[] {
  return text
    .split(/(\{\w+\})/)
    .filter((piece) => piece !== "")
    .map((piece) => {
      const key = /^\{(\w+)\}$/.exec(piece)?.[1];
      return key !== undefined && key in things ? (things[key] as T) : piece;
    });
}
