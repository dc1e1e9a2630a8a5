import { useState } from "preact/hooks";
import { useApp } from "../../shell/context";
import { failureWords, useAsk } from "../../ui/ask";
import { Question } from "../../ui/Dialog";
import { Wrong } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { say } from "../../ui/say";
import { organisationWords } from "../../words/organisation";

export interface OrganisationPartProps {
  readonly name: string;
  readonly connected: boolean;
  /** Leaves for the provider's page. */
  readonly leave?: (address: string) => void;
}

/** On the page about me: whether my organisation's sign-in is a way in, and how to make or end it. */
export function OrganisationPart({ name, connected, leave = (to) => location.assign(to) }: OrganisationPartProps) {
  const app = useApp();
  const ask = useAsk();
  const [asking, setAsking] = useState(false);
  const t = organisationWords.value;
  const connect = (): void => void ask.run(async () => leave((await app.api("connect_identity")).address));
  const disconnect = (): void => {
    setAsking(false);
    void ask.run(async () => {
      await app.api("disconnect_identity");
      await app.session.refresh();
      say(t.disconnected);
    });
  };
  return (
    <section class="part stack" aria-labelledby="organisation">
      <h2 id="organisation">{t.title(name)}</h2>
      <p class="soft">{connected ? t.connected(name) : t.notConnected(name)}</p>
      <Wrong words={ask.failure === null ? null : failureWords(ask.failure)} />
      <div class="row">
        {connected ? (
          <button type="button" class="btn" aria-disabled={ask.busy} onClick={() => setAsking(true)}>
            {t.disconnect}
          </button>
        ) : (
          <button type="button" class="btn" aria-disabled={ask.busy} onClick={connect}>
            <Icon name="link" />
            {t.connect(name)}
          </button>
        )}
      </div>
      {asking ? (
        <Question
          title={t.disconnectAsk(name)}
          help={t.disconnectHelp}
          no={t.keep}
          yes={t.disconnectDo}
          onNo={() => setAsking(false)}
          onYes={disconnect}
        />
      ) : null}
    </section>
  );
}
