import { computed } from "@preact/signals";
import { language, locale, words } from "./index";

/** English here says 7:13 pm, as hospitals in the UK do; other languages keep their own habit. */
const hours = (): Intl.DateTimeFormatOptions =>
  language.value === "en" ? { hourCycle: "h12", hour: "numeric" } : { hour: "numeric" };

const formats = computed(() => {
  const tag = locale.value;
  const of = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => new Intl.DateTimeFormat(tag, options);
  return {
    time: of({ ...hours(), minute: "2-digit" }),
    day: of({ weekday: "long", day: "numeric", month: "long" }),
    date: of({ day: "numeric", month: "long", year: "numeric" }),
    zone: of({ timeZoneName: "longGeneric" }),
    ago: new Intl.RelativeTimeFormat(tag, { numeric: "auto" }),
  };
});

/** "7:13 pm" */
export const time = (ms: number): string => formats.value.time.format(ms);

/** "Thursday 11 June" */
export const dayName = (ms: number): string => formats.value.day.format(ms);

/** "11 June 2026" */
export const date = (ms: number): string => formats.value.date.format(ms);

/** "United Kingdom Time": the viewer's zone in words. */
export function zone(ms: number): string {
  const found = formats.value.zone.formatToParts(ms).find((p) => p.type === "timeZoneName");
  return found?.value ?? "";
}

/** "Thursday 11 June, 7:13 pm (United Kingdom Time)": for times that somebody has to keep. */
export const exactly = (ms: number): string => `${dayName(ms)}, ${time(ms)} (${zone(ms)})`;

/** "11 June 2026, 7:13 pm (United Kingdom Time)": for what is kept on paper. */
export const onPaper = (ms: number): string => `${date(ms)}, ${time(ms)} (${zone(ms)})`;

/** The number of the viewer's calendar day. */
export function dayNumber(ms: number): number {
  const at = new Date(ms);
  return Math.floor(Date.UTC(at.getFullYear(), at.getMonth(), at.getDate()) / 86_400_000);
}

/** "Today", "Yesterday", else the day. */
export function dayTitle(ms: number, nowMs: number): string {
  const behind = dayNumber(nowMs) - dayNumber(ms);
  if (behind === 0) return words.value.room.today;
  if (behind === 1) return words.value.room.yesterday;
  return new Date(ms).getFullYear() === new Date(nowMs).getFullYear() ? dayName(ms) : date(ms);
}

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** "9 days ago", "in 2 weeks". */
export function fromNow(ms: number, nowMs: number): string {
  const seconds = (ms - nowMs) / 1000;
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return formats.value.ago.format(Math.trunc(seconds / size), unit);
  }
  return words.value.shell.justNow;
}
