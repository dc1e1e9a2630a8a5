import { useEffect, useState } from "preact/hooks";
import type { SessionLine } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { failureWords, useAsk } from "../../ui/ask";
import { Wrong } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { say } from "../../ui/say";
import { pageWords } from "../../words/pages";
import { passkeyWords } from "../../words/passkeys";
import { date, fromNow } from "../../words/when";

/** Where I am signed in, so that a lost phone can be signed out from here. */
export function Devices() {
  const app = useApp();
  const ask = useAsk();
  const [sessions, setSessions] = useState<readonly SessionLine[] | null>(null);
  const t = pageWords.value.me;
  const { run } = ask;
  const load = async (): Promise<void> => setSessions((await app.api("sessions")).sessions);
  useEffect(() => {
    void run(load);
    // Asked once, when the page opens.
  }, [app]);
  const end = (session: string): void => {
    void run(async () => {
      await app.api("end_session", { params: { session } });
      await load();
    });
  };
  const endOthers = (): void => {
    void run(async () => {
      await app.api("end_other_sessions");
      say(passkeyWords.value.othersEnded);
      await load();
    });
  };
  return (
    <section class="part" aria-labelledby="devices">
      <h2 id="devices">{t.devices}</h2>
      <Wrong words={ask.failure === null ? null : failureWords(ask.failure)} />
      <ul class="lines">
        {(sessions ?? []).map((one) => (
          <li key={one.session}>
            <Icon name="screen" />
            <span class="grow">
              <b>{one.this ? t.thisDevice : t.otherDevice}</b>
              <span class="quiet">
                {[
                  one.shared ? t.sharedDevice : "",
                  t.since(date(one.made_ms)),
                  t.lastSeen(fromNow(one.seen_ms, app.now())),
                ]
                  .filter(Boolean)
                  .join(" · ")}
              </span>
            </span>
            {one.this ? null : (
              <button
                type="button"
                class="btn small ends"
                aria-label={t.endLabel(date(one.made_ms))}
                onClick={() => end(one.session)}
              >
                {t.end}
              </button>
            )}
          </li>
        ))}
      </ul>
      {(sessions ?? []).length > 1 ? (
        <button type="button" class="btn" aria-disabled={ask.busy} onClick={endOthers}>
          {passkeyWords.value.endOthers}
        </button>
      ) : null}
    </section>
  );
}
