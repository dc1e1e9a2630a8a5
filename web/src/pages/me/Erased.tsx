import { useEffect } from "preact/hooks";
import type { ErasureReceipt } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { Waiting } from "../../shell/lazy";
import { Notice } from "../../shell/Notice";
import { failureWords } from "../../ui/ask";
import { Icon } from "../../ui/Icon";
import { useTitle } from "../../ui/title";
import { useFetched } from "../../ui/useFetched";
import { rightsWords } from "../../words/rights";
import { date, onPaper } from "../../words/when";
import { KeptLines } from "./KeptLines";
import "../../styles/home.css";
import "../../styles/rights.css";

// How soon the page asks again while rows are still being emptied.
const AGAIN_MS = 3_000;

/** The receipt of somebody who is erased. Its secret stands behind the hash, and nothing of the person is on it. */
export function Erased({ secret }: { secret: string }) {
  const app = useApp();
  const [state, again] = useFetched(() => app.api("receipt", { body: { secret } }), secret);
  const t = rightsWords.value.receipt;
  useTitle(t.title);
  const goesOn = state.is === "there" && state.value.done_ms === null && !state.value.sealed;
  useEffect(() => {
    if (!goesOn) return undefined;
    const timer = setInterval(again, AGAIN_MS);
    return () => clearInterval(timer);
  }, [goesOn]);
  switch (state.is) {
    case "loading":
      return <Waiting why={t.looking} />;
    case "failed": {
      const unknown = state.failure.is === "refused" && state.failure.refusal.code !== "too_fast";
      return (
        <Notice icon="link" title={unknown ? t.unknown : failureWords(state.failure)}>
          <a class="btn main" href="/">
            {t.home}
          </a>
        </Notice>
      );
    }
    case "there":
      return <Receipt receipt={state.value} />;
  }
}

function Receipt({ receipt }: { receipt: ErasureReceipt }) {
  const t = rightsWords.value.receipt;
  const { done_ms, wiped_ms, backups_ms, until_ms } = receipt;
  const how = done_ms !== null ? t.done(onPaper(done_ms)) : receipt.sealed ? t.sealed : t.soon;
  const rows: readonly (readonly [string, string])[] = [
    [t.number, receipt.receipt],
    [t.asked, onPaper(receipt.asked_ms)],
    ...(wiped_ms === null ? [] : [[t.wiped, onPaper(wiped_ms)] as const]),
    ...(backups_ms === null ? [] : [[t.backups, date(backups_ms)] as const]),
  ];
  return (
    <main class="page narrow receipt-page" id="main" tabIndex={-1}>
      <h1 class="h-screen">{t.title}</h1>
      <p class={done_ms === null ? "line wait" : "line good"} role="status">
        <Icon name={done_ms === null ? "bell" : "check"} />
        <span>{how}</span>
      </p>
      <section class="part card stack-l" aria-labelledby="erased-what">
        <dl class="receipt">
          {rows.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd dir="auto">{value}</dd>
            </div>
          ))}
        </dl>
        <h2 class="h-card" id="erased-what">
          {t.what}
        </h2>
        {receipt.erased.length === 0 ? <p>{t.nothing}</p> : <KeptLines lines={receipt.erased} rooms={0} />}
      </section>
      <section class="part stack">
        {until_ms === null ? null : <p class="soft">{t.keep(date(until_ms))}</p>}
        <div class="row">
          <button type="button" class="btn main" onClick={() => print()}>
            <Icon name="print" />
            {t.print}
          </button>
          <a class="btn" href="/">
            {t.home}
          </a>
        </div>
      </section>
    </main>
  );
}
