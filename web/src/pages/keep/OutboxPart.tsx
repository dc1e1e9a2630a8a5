import type { Outbox } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { failureWords } from "../../ui/ask";
import { Wrong } from "../../ui/Field";
import { useFetched } from "../../ui/useFetched";
import { words } from "../../words";
import { reachWords } from "../../words/reach";
import { NotSetUp } from "../home/TellPeople";

/** What became of mails, in numbers; in a demo the mails themselves, since they go nowhere. */
export function OutboxPart({ slug }: { slug: string }) {
  const app = useApp();
  const [state] = useFetched(() => app.api("outbox", { params: { slug } }), slug);
  const t = reachWords.value;
  return (
    <section class="part" aria-labelledby="outbox">
      <h2 id="outbox">{t.outbox}</h2>
      {state.is === "loading" ? <p class="soft">{words.value.shell.loading}</p> : null}
      {state.is === "failed" ? <Wrong words={failureWords(state.failure)} /> : null}
      {state.is === "there" ? <Found outbox={state.value} /> : null}
    </section>
  );
}

function Found({ outbox }: { outbox: Outbox }) {
  const t = reachWords.value;
  return (
    <div class="stack-l">
      {outbox.mail ? null : <NotSetUp />}
      {outbox.counts.length === 0 ? (
        <p class="soft">{t.outboxNone}</p>
      ) : (
        <ul class="lines">
          {outbox.counts.map(({ matter, state, count }) => (
            <li key={`${matter} ${state}`}>
              <b class="grow">{t.outboxMatter[matter] ?? matter}</b>
              <span>{t.outboxState[state]?.(count) ?? `${count} ${state}`}</span>
            </li>
          ))}
        </ul>
      )}
      {outbox.mails.length === 0 ? null : (
        <div class="stack">
          <h3>{t.demo}</h3>
          <p class="soft">{t.demoHelp}</p>
          {outbox.mails.map((mail, at) => (
            <details key={outbox.mails.length - at} class="demo-mail">
              <summary>{mail.subject}</summary>
              <p class="mail-text" dir="auto">
                {mail.text}
              </p>
            </details>
          ))}
        </div>
      )}
    </div>
  );
}
