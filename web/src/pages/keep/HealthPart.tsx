import type { Health } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { failureWords } from "../../ui/ask";
import { Wrong } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { useFetched } from "../../ui/useFetched";
import { locale, words } from "../../words";
import { keepWords } from "../../words/keep";
import { fromNow } from "../../words/when";
import "../../styles/reach.css";
import { OutboxPart } from "./OutboxPart";

/** How the server is, each thing in words, and what to do about it. */
export function HealthPart({ slug }: { slug: string }) {
  const app = useApp();
  const [state, again] = useFetched(() => app.api("health", { params: { slug } }), slug);
  const t = keepWords.value.health;
  return (
    <>
      <section class="part" aria-labelledby="part-title">
        <div class="row between">
          <h2 id="part-title">{keepWords.value.parts.health}</h2>
          <button type="button" class="btn" onClick={again}>
            <Icon name="again" />
            {t.again}
          </button>
        </div>
        {state.is === "loading" ? <p class="soft">{words.value.shell.loading}</p> : null}
        {state.is === "failed" ? <Wrong words={failureWords(state.failure)} /> : null}
        {state.is === "there" ? <Found health={state.value} /> : null}
      </section>
      <OutboxPart slug={slug} />
    </>
  );
}

const UNITS = ["kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** "3.2 GB", as the reader's language writes it. */
function sizeWords(bytes: number | null): string | null {
  if (bytes === null) return null;
  const step = Math.min(UNITS.length, Math.max(1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)));
  const unit = UNITS[step - 1] ?? "kilobyte";
  const format = { style: "unit", unit, maximumSignificantDigits: 3 } as const;
  return new Intl.NumberFormat(locale.value, format).format(bytes / 1000 ** step);
}

const countWords = (count: number | null): string | null =>
  count === null ? null : new Intl.NumberFormat(locale.value).format(count);

function Found({ health }: { health: Health }) {
  const app = useApp();
  const t = keepWords.value.health;
  const ill = health.checks.filter((check) => !check.ok).length;
  const { storage, backup_ms } = health;
  const figures: readonly (readonly [number | string | null, string])[] = [
    [health.people_here, t.here],
    [health.posted_today, t.posted],
    [health.sockets, t.sockets],
    [backup_ms === null ? t.noBackup : fromNow(backup_ms, app.now()), t.backup],
    [sizeWords(storage.database_bytes), t.size],
    [sizeWords(storage.free_bytes), t.free],
    [countWords(storage.messages), t.messages],
    [countWords(storage.events), t.events],
  ];
  return (
    <div class="stack-l">
      <p class={ill === 0 ? "line good" : "line wait"} role="status">
        <Icon name={ill === 0 ? "check" : "bell"} />
        <span>{ill === 0 ? t.allWell : t.notWell(ill)}</span>
      </p>
      <dl class="figures">
        {figures.map(([figure, meaning]) => (
          <div key={meaning}>
            <dt>{meaning}</dt>
            <dd>{figure ?? t.notKnown}</dd>
          </div>
        ))}
      </dl>
      <ul class="lines">
        {health.checks.map((check) => (
          <li key={check.name}>
            <Icon name={check.ok ? "check" : "bell"} />
            <span class="grow">
              <b>{check.name}</b>
              <span class="quiet">{check.says}</span>
              {check.do === "" || check.ok ? null : <span class="do">{check.do}</span>}
            </span>
            <span class={check.ok ? "chip good" : "chip wait"}>{check.ok ? t.well : t.look}</span>
          </li>
        ))}
      </ul>
      <p class="quiet">{t.version(health.version)}</p>
    </div>
  );
}
