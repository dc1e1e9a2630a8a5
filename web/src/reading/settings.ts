import { effect, signal } from "@preact/signals";
import { chosenFrom, DIRECTION, language, LANGUAGES, locale, type Language } from "../words";

export type Theme = "device" | "light" | "dark";
export type Spacing = "normal" | "wide";
export type Enter = "device" | "send" | "line";

/** How somebody wants to read. Kept on this device, never sent. `early.js` applies the same before the first paint. */
export interface Reading {
  /** 0 to 3 steps larger. */
  readonly text: number;
  readonly spacing: Spacing;
  readonly theme: Theme;
  readonly enter: Enter;
  /** Only what the team says, what concerns me and what rises. */
  readonly calm: boolean;
  /** Null: as the browser asks. */
  readonly language: Language | null;
}

export const STORED_AS = "hearth.reading";
export const TEXT_STEPS = 4;

const AS_IT_COMES: Reading = {
  text: 0,
  spacing: "normal",
  theme: "device",
  enter: "device",
  calm: false,
  language: null,
};

const oneOf = <T extends string>(value: unknown, all: readonly T[], or: T): T => all.find((a) => a === value) ?? or;

/** What was kept, as far as it makes sense today. */
export function readingFrom(kept: string | null): Reading {
  let found: unknown;
  try {
    found = JSON.parse(kept ?? "null");
  } catch {
    return AS_IT_COMES;
  }
  if (typeof found !== "object" || found === null) return AS_IT_COMES;
  const of = (key: string): unknown => Object.entries(found).find(([name]) => name === key)?.[1];
  const text = of("text");
  const tongue = of("language");
  return {
    text: typeof text === "number" && Number.isInteger(text) && text >= 0 && text < TEXT_STEPS ? text : 0,
    spacing: oneOf(of("spacing"), ["normal", "wide"], "normal"),
    theme: oneOf(of("theme"), ["device", "light", "dark"], "device"),
    enter: oneOf(of("enter"), ["device", "send", "line"], "device"),
    calm: of("calm") === true,
    language: Object.keys(LANGUAGES).find((l): l is Language => l === tongue) ?? null,
  };
}

function stored(): string | null {
  try {
    return localStorage.getItem(STORED_AS);
  } catch {
    // Storage may be forbidden; then the settings last as long as the page.
    return null;
  }
}

export const reading = signal<Reading>(readingFrom(stored()));

export function setReading(change: Partial<Reading>): void {
  reading.value = { ...reading.peek(), ...change };
  try {
    localStorage.setItem(STORED_AS, JSON.stringify(reading.peek()));
  } catch {
    return;
  }
}

function mark(name: string, value: string | null): void {
  if (value === null) document.documentElement.removeAttribute(name);
  else document.documentElement.setAttribute(name, value);
}

/** Writes the settings on the page, now and whenever they change. */
export function applyReading(): () => void {
  const look = effect(() => {
    const { text, spacing, theme } = reading.value;
    mark("data-text", text === 0 ? null : String(text));
    mark("data-spacing", spacing === "normal" ? null : spacing);
    mark("data-theme", theme === "device" ? null : theme);
  });
  const tongue = effect(() => {
    language.value = reading.value.language ?? chosenFrom(navigator.languages);
  });
  const direction = effect(() => {
    document.documentElement.lang = locale.value;
    document.documentElement.dir = DIRECTION[language.value];
  });
  return () => {
    look();
    tongue();
    direction();
  };
}
