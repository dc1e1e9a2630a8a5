import { useEffect, useState } from "preact/hooks";
import type { WayBack as WayBackState, WayBackMade } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { failureWords, useAsk } from "../../ui/ask";
import { Dialog } from "../../ui/Dialog";
import { Wrong } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { pictureOf } from "../../ui/picture";
import { backWords } from "../../words/back";
import { date } from "../../words/when";
import "../../styles/given.css";

/** On the page about me: whether I have a way back, and a new one. */
export function WayBackPart({ state }: { state: WayBackState }) {
  const [shown, setShown] = useState(false);
  const t = backWords.value;
  const has = state.ends_ms !== null;
  return (
    <section class="part stack" aria-labelledby="way-back">
      <h2 id="way-back">{t.title}</h2>
      {state.allowed ? (
        <>
          <p class="soft">
            {t.why} {state.ends_ms === null ? t.none : t.have(date(state.ends_ms))}
          </p>
          <div class="row">
            <button type="button" class="btn" onClick={() => setShown(true)}>
              <Icon name="book" />
              {has ? t.another : t.show}
            </button>
            {has ? <span class="quiet">{t.anotherHelp}</span> : null}
          </div>
        </>
      ) : (
        <p class="soft">{t.team}</p>
      )}
      {shown ? <WayBackSheet onClose={() => setShown(false)} /> : null}
    </section>
  );
}

/** Beside the question whether to sign out: for whoever has no way back yet. */
export function WayBackFirst() {
  const { session } = useApp();
  const [shown, setShown] = useState(false);
  const state = session.state.value;
  const wayBack = state.is === "in" ? state.me.way_back : null;
  if (!shown && (wayBack?.allowed !== true || wayBack.ends_ms !== null)) return null;
  return (
    <p class="row">
      <button type="button" class="btn small" onClick={() => setShown(true)}>
        <Icon name="book" />
        {backWords.value.show}
      </button>
      {shown ? <WayBackSheet onClose={() => setShown(false)} /> : null}
    </p>
  );
}

/** Makes a way back and shows it, this once: four words to write down, a square for a camera. */
export function WayBackSheet({ onClose }: { onClose: () => void }) {
  const app = useApp();
  const ask = useAsk();
  const [made, setMade] = useState<WayBackMade | null>(null);
  const t = backWords.value;
  const { run } = ask;
  useEffect(() => {
    void run(async () => {
      setMade(await app.api("make_way_back"));
      await app.session.refresh();
    });
    // Once for each time that it is opened.
  }, [app]);
  return (
    <Dialog title={t.title} onClose={onClose}>
      <div class="stack made way-back" aria-busy={made === null && ask.failure === null}>
        <Wrong words={ask.failure === null ? null : failureWords(ask.failure)} />
        {made === null ? null : <Shown made={made} />}
        <div class="row">
          {made === null ? null : (
            <button type="button" class="btn main" onClick={() => print()}>
              <Icon name="print" />
              {t.print}
            </button>
          )}
          <button type="button" class="btn" onClick={onClose}>
            {t.done}
          </button>
        </div>
      </div>
    </Dialog>
  );
}

function Shown({ made }: { made: WayBackMade }) {
  const t = backWords.value;
  return (
    <>
      <p class="soft">{t.keep}</p>
      <div>
        <h3 class="label">{t.words}</h3>
        <ol class="four" lang="en" dir="ltr">
          {made.words.map((word, at) => (
            <li key={at}>{word}</li>
          ))}
        </ol>
        <p class="quiet">{t.typeAt(`${location.host}/back`)}</p>
      </div>
      <div>
        <h3 class="label">{t.picture}</h3>
        <img class="qr" src={pictureOf(made.qr)} alt={t.pictureAlt} width="200" height="200" />
      </div>
      <p class="line info">
        <Icon name="lock" />
        <span>{t.once(date(made.ends_ms))}</span>
      </p>
    </>
  );
}
