import { useState } from "preact/hooks";
import { useApp } from "../../shell/context";
import { failureWords, useAsk } from "../../ui/ask";
import { Wrong } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { useTitle } from "../../ui/title";
import { reachWords } from "../../words/reach";
import { Panel } from "./Panel";

/** A link that came by mail. Opening it does nothing; only the button does, so a mail scanner can look at it. */
export function MailLink({ secret, does }: { secret: string; does: "confirm" | "stop" }) {
  const app = useApp();
  const ask = useAsk();
  const [done, setDone] = useState(false);
  const t = reachWords.value;
  const confirms = does === "confirm";
  const title = confirms ? t.confirmTitle : t.stopTitle;
  useTitle(title);
  const go = (): void => {
    void ask.run(async () => {
      await app.api(confirms ? "confirm_address" : "stop_mails", { body: { secret } });
      setDone(true);
    });
  };
  if (done) {
    return (
      <Panel title={title} purpose="">
        <p class="line good" role="status">
          <Icon name="check" />
          <span>{confirms ? t.confirmed : t.stopped}</span>
        </p>
        <a class="btn" href="/">
          {t.goOn}
        </a>
      </Panel>
    );
  }
  return (
    <Panel title={title} purpose={confirms ? t.confirmHelp : t.stopHelp}>
      <Wrong words={ask.failure === null ? null : failureWords(ask.failure)} />
      <button type="button" class="btn main big" aria-disabled={ask.busy} onClick={go}>
        {confirms ? t.confirmDo : t.stopDo}
      </button>
    </Panel>
  );
}
