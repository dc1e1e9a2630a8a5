import { useState } from "preact/hooks";
import type { PasskeyLine } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { go } from "../../shell/location";
import { homePath } from "../../shell/routes";
import { failureWords, useAsk } from "../../ui/ask";
import { Question } from "../../ui/Dialog";
import { Wrong } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { makePasskey } from "../../ui/passkey";
import { say } from "../../ui/say";
import { useFetched } from "../../ui/useFetched";
import { words } from "../../words";
import { passkeyWords } from "../../words/passkeys";
import { date, fromNow } from "../../words/when";

type Refusal = "stopped" | "already" | "cannot";

/** The passkeys of somebody of the team: added, looked at, and removed, which asks first. */
export function PasskeysPart({ slug }: { readonly slug: string | undefined }) {
  const app = useApp();
  const ask = useAsk();
  const [found, reload] = useFetched(() => app.api("passkeys"), "");
  const [refused, setRefused] = useState<Refusal | null>(null);
  const [asking, setAsking] = useState<PasskeyLine | null>(null);
  const t = passkeyWords.value;
  const mine = found.is === "there" ? found.value : null;
  const missing = mine !== null && mine.required && mine.passkeys.length === 0;
  const add = (): void => {
    setRefused(null);
    void ask.run(async () => {
      const { options } = await app.api("begin_passkey");
      const made = await makePasskey(options);
      if (made.is !== "signed") return setRefused(made.is);
      await app.api("add_passkey", { body: { credential: made.credential } });
      await app.session.refresh();
      reload();
      say(t.added);
      // Whoever came here because they needed one goes on to what they wanted.
      if (missing && slug !== undefined) go(homePath(slug));
    });
  };
  const remove = (passkey: string): void => {
    setAsking(null);
    void ask.run(async () => {
      await app.api("remove_passkey", { params: { passkey } });
      await app.session.refresh();
      reload();
      say(t.removed);
    });
  };
  const failure = ask.failure ?? (found.is === "failed" ? found.failure : null);
  const wrong = refused === null ? (failure === null ? null : failureWords(failure)) : t[refused];
  const lines = mine?.passkeys ?? [];
  const help = (): string => (mine?.required === true && lines.length === 1 ? t.removeLast : t.removeHelp);
  return (
    <section class="part" aria-labelledby="passkeys">
      <h2 id="passkeys">{t.title}</h2>
      <p class="soft">{t.what}</p>
      <p class="soft">{lines.length === 1 ? t.second : t.where}</p>
      <ul class="lines">
        {lines.map((one) => (
          <li key={one.passkey}>
            <Icon name="lock" />
            <span class="grow">
              <b>{t.one}</b>
              <span class="quiet">
                {t.made(date(one.made_ms))} ·{" "}
                {one.used_ms === null ? t.unused : t.used(fromNow(one.used_ms, app.now()))}
              </span>
            </span>
            <button
              type="button"
              class="btn small ends"
              aria-label={t.removeLabel(date(one.made_ms))}
              onClick={() => setAsking(one)}
            >
              {t.remove}
            </button>
          </li>
        ))}
      </ul>
      {mine !== null && lines.length === 0 ? <p>{t.none}</p> : null}
      <Wrong words={wrong} />
      <p>
        <button type="button" class={missing ? "btn main" : "btn"} aria-disabled={ask.busy} onClick={add}>
          <Icon name="lock" />
          {t.add}
        </button>
      </p>
      {asking === null ? null : (
        <Question
          title={t.removeAsk}
          help={help()}
          no={words.value.shell.cancel}
          yes={t.remove}
          onNo={() => setAsking(null)}
          onYes={() => remove(asking.passkey)}
        />
      )}
    </section>
  );
}
