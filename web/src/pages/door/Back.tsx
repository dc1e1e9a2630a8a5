import { useState } from "preact/hooks";
import { newNonce } from "../../link/nonce";
import { useApp } from "../../shell/context";
import { go } from "../../shell/location";
import { homePath } from "../../shell/routes";
import { failureWords, useAsk } from "../../ui/ask";
import { Field, Wrong } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { useTitle } from "../../ui/title";
import { backWords } from "../../words/back";
import { pageWords } from "../../words/pages";
import { Panel } from "./Panel";
import { PasskeySignIn } from "./PasskeySignIn";

const WORDS = 4;

/** Come back as oneself: by four words that were kept, or by the link in the square. Opening it uses nothing up. */
export function Back({ secret }: { secret: string | null }) {
  const app = useApp();
  const ask = useAsk();
  // One for the page: pressed again after a lost answer, it is the same way back being used.
  const [nonce] = useState(newNonce);
  const [typed, setTyped] = useState("");
  const [few, setFew] = useState(false);
  const [shared, setShared] = useState(false);
  const t = backWords.value;
  useTitle(t.enter);
  const enter = (event: Event): void => {
    event.preventDefault();
    const count = typed.split(/[\s,.;-]+/).filter(Boolean).length;
    setFew(secret === null && count !== WORDS);
    if (secret === null && count !== WORDS) return;
    void ask.run(async () => {
      const shown = secret === null ? { words: typed } : { link: secret };
      const to = await app.api("come_back", { body: { nonce, shared, ...shown } });
      await app.session.refresh();
      go(homePath(to.community_slug), { replace: true });
    });
  };
  const failed = ask.failure === null ? null : failureWords(ask.failure);
  return (
    <Panel title={t.enter} purpose={secret === null ? t.enterHelp : t.linkHelp}>
      <form class="stack-l" onSubmit={enter} noValidate>
        {secret === null ? (
          <Field
            big
            label={t.field}
            help={t.fieldHelp}
            value={typed}
            onInput={(value) => {
              setTyped(value);
              setFew(false);
              ask.clear();
            }}
            wrong={few ? t.few : failed}
            spellcheck={false}
            maxLength={200}
          />
        ) : (
          <Wrong words={failed} />
        )}
        <label class="tick">
          <input type="checkbox" checked={shared} onChange={(event) => setShared(event.currentTarget.checked)} />
          <span>{pageWords.value.join.shared}</span>
        </label>
        <button type="submit" class="btn main big" aria-disabled={ask.busy}>
          {t.go}
          <Icon name="right" turns />
        </button>
      </form>
      {secret === null ? <PasskeySignIn shared={shared} /> : null}
    </Panel>
  );
}
