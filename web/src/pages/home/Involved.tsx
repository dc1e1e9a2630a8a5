import { useState } from "preact/hooks";
import type { Home, Involvement } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { failureWords, useAsk } from "../../ui/ask";
import { Wrong } from "../../ui/Field";
import { reachWords } from "../../words/reach";

const SWITCHES: readonly (keyof Involvement)[] = ["communicate", "improve", "share", "inspire"];

/** Four switches: how I take part here. Each is kept the moment it is moved. */
export function Involved({ home }: { home: Home }) {
  const app = useApp();
  const ask = useAsk();
  const [chosen, setChosen] = useState(home.involved);
  const t = reachWords.value;
  const { slug } = home.community;
  const move = (which: keyof Involvement, on: boolean): void => {
    if (ask.busy) return;
    const [before, after] = [chosen, { ...chosen, [which]: on }];
    setChosen(after);
    void ask.run(async () => {
      try {
        await app.api("involve", { params: { slug }, body: after });
      } catch (thrown) {
        setChosen(before);
        throw thrown;
      }
      await app.community(slug).reload();
    });
  };
  return (
    <section class="part" aria-labelledby="involved">
      <h2 id="involved">{t.involved}</h2>
      <p class="sub">{t.involvedHelp}</p>
      <Wrong words={ask.failure === null ? null : failureWords(ask.failure)} />
      <div class="involved">
        {SWITCHES.map((which) => (
          <label class="switch" key={which}>
            <input
              type="checkbox"
              role="switch"
              checked={chosen[which] ?? false}
              onChange={(event) => move(which, event.currentTarget.checked)}
            />
            <span>
              <b>{t.switches[which]}</b> <span class="quiet">{t.switchHelp[which]}</span>
            </span>
          </label>
        ))}
      </div>
    </section>
  );
}
