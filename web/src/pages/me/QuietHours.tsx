import { useState } from "preact/hooks";
import type { Reach } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { failureWords, useAsk } from "../../ui/ask";
import { Wrong } from "../../ui/Field";
import { say } from "../../ui/say";
import { reachWords } from "../../words/reach";

const two = (n: number): string => String(n).padStart(2, "0");
const asTime = (minute: number): string => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;

/** The minute of the day that a time field names; null while it names none. */
export function asMinute(time: string): number | null {
  const found = /^(\d{2}):(\d{2})$/.exec(time);
  return found === null ? null : Number(found[1]) * 60 + Number(found[2]);
}

const zoneHere = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** When I want no mail: in the time zone that this device is in. */
export function QuietHours({ reach }: { reach: Reach }) {
  const app = useApp();
  const ask = useAsk();
  const [from, setFrom] = useState(asTime(reach.quiet_from_min));
  const [to, setTo] = useState(asTime(reach.quiet_to_min));
  const t = reachWords.value;
  const zone = zoneHere();
  const save = (event: Event): void => {
    event.preventDefault();
    const [from_min, to_min] = [asMinute(from), asMinute(to)];
    if (from_min === null || to_min === null) return;
    void ask.run(async () => {
      await app.api("set_quiet", { body: { from_min, to_min, zone } });
      say(t.saved);
    });
  };
  return (
    <form class="stack" onSubmit={save} noValidate>
      <h3>{t.quiet}</h3>
      <p class="soft">
        {t.quietHelp} {t.zone(zone)}.
      </p>
      <div class="row">
        {(
          [
            [t.from, from, setFrom],
            [t.to, to, setTo],
          ] as const
        ).map(([label, value, set]) => (
          <label key={label} class="stack tight">
            <span class="label">{label}</span>
            <input
              class="field"
              type="time"
              required
              value={value}
              onInput={(event) => set(event.currentTarget.value)}
            />
          </label>
        ))}
      </div>
      <Wrong words={ask.failure === null ? null : failureWords(ask.failure)} />
      <button type="submit" class="btn" aria-disabled={ask.busy} aria-label={`${t.save}: ${t.quiet}`}>
        {t.save}
      </button>
    </form>
  );
}
