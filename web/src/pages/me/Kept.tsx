import { useState } from "preact/hooks";
import type { Kept, KeptKind } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { failureWords, useAsk } from "../../ui/ask";
import { Question } from "../../ui/Dialog";
import { Wrong } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { say } from "../../ui/say";
import { useFetched } from "../../ui/useFetched";
import { language, words } from "../../words";
import { rightsWords } from "../../words/rights";
import { onPaper } from "../../words/when";
import "../../styles/rights.css";
import { EraseMe } from "./EraseMe";
import { KeptLines } from "./KeptLines";
import { asJson, asPage, keepFile, takeAlong } from "./takeAlong";

/** What is kept of me, in numbers; all of it as a file; and the way to have it erased. */
export function KeptPart({ shared }: { shared: boolean }) {
  const app = useApp();
  const [state] = useFetched(() => app.api("kept"), "");
  const t = rightsWords.value.kept;
  return (
    <>
      <section class="part" aria-labelledby="kept">
        <h2 id="kept">{t.title}</h2>
        <p class="sub">{t.help}</p>
        {state.is === "loading" ? <p class="soft">{words.value.shell.loading}</p> : null}
        {state.is === "failed" ? <Wrong words={failureWords(state.failure)} /> : null}
        {state.is === "there" ? (
          <div class="stack-l">
            <KeptLines lines={state.value.kept} rooms={state.value.rooms} />
            <Holds kept={state.value} />
            <TakeAlong shared={shared} />
          </div>
        ) : null}
      </section>
      {state.is === "there" ? <EraseMe kept={state.value} /> : null}
    </>
  );
}

function Holds({ kept }: { kept: Kept }) {
  const t = rightsWords.value.kept;
  return (
    <>
      {kept.holds.map((one) => (
        <p class="line info" key={one.room ?? ""}>
          <Icon name="lock" />
          <span>{t.hold(one.title || (one.room === null ? t.everywhere : t.someRoom), t.reasons[one.reason])}</span>
        </p>
      ))}
    </>
  );
}

type Form = "json" | "html";

function TakeAlong({ shared }: { shared: boolean }) {
  const app = useApp();
  const ask = useAsk();
  const [asking, setAsking] = useState<Form | null>(null);
  const t = rightsWords.value;
  const take = (form: Form): void => {
    setAsking(null);
    void ask.run(async () => {
      const taken = await takeAlong(app.api, shared);
      const about = t.file.about(onPaper(app.now()));
      const name = `hearth-${new Date(app.now()).toISOString().slice(0, 10)}`;
      if (form === "json")
        keepFile(`${name}.json`, asJson(taken, [...about, ...t.file.forPrograms]), "application/json");
      else {
        const kind = (what: KeptKind): string => t.kept.kinds[what];
        const page = { ...t.file, about, lang: language.value, kind, when: onPaper };
        keepFile(`${name}.html`, asPage(taken, page), "text/html");
      }
      say(t.kept.got);
    });
  };
  const begin = (form: Form): void => (shared ? setAsking(form) : take(form));
  return (
    <div class="stack">
      <Wrong words={ask.failure === null ? null : failureWords(ask.failure)} />
      <div class="row">
        <button type="button" class="btn" aria-disabled={ask.busy} onClick={() => begin("json")}>
          <Icon name="down" />
          {t.kept.file}
        </button>
        <button type="button" class="btn" aria-disabled={ask.busy} onClick={() => begin("html")}>
          <Icon name="book" />
          {t.kept.page}
        </button>
      </div>
      {ask.busy ? (
        <p class="soft" role="status">
          {t.kept.getting}
        </p>
      ) : null}
      {asking === null ? null : (
        <Question
          title={t.kept.sharedAsk}
          help={t.kept.sharedHelp}
          no={t.kept.no}
          yes={t.kept.sharedYes}
          onNo={() => setAsking(null)}
          onYes={() => take(asking)}
        />
      )}
    </div>
  );
}
