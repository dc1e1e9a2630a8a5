import { useState } from "preact/hooks";
import type { Matter, Reach } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { failureWords, useAsk } from "../../ui/ask";
import { Dialog } from "../../ui/Dialog";
import { Field, Wrong } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { say } from "../../ui/say";
import { useFetched } from "../../ui/useFetched";
import { language, words } from "../../words";
import { reachWords } from "../../words/reach";
import { QuietHours } from "./QuietHours";

const MATTERS: readonly Matter[] = ["next_talk", "my_words", "changes"];

/** On the page about me: an address, what it may be used for, and when not. */
export function ReachPart() {
  const app = useApp();
  const [state, again] = useFetched(() => app.api("reach"), "");
  const t = reachWords.value;
  return (
    <section class="part" aria-labelledby="reach">
      <h2 id="reach">{t.title}</h2>
      <p class="sub">{t.help}</p>
      {state.is === "loading" ? <p class="soft">{words.value.shell.loading}</p> : null}
      {state.is === "failed" ? <Wrong words={failureWords(state.failure)} /> : null}
      {state.is === "there" ? (
        <div class="stack-l">
          <ReachForm reach={state.value} onChanged={again} />
          {state.value.mail ? <QuietHours reach={state.value} /> : null}
        </div>
      ) : null}
    </section>
  );
}

interface FormProps {
  readonly reach: Reach;
  readonly onChanged: () => void;
}

/** How things stand with the address. */
function Status({ reach, address }: { reach: Reach; address: string }) {
  const t = reachWords.value;
  const said = reach.failed ? t.failed(address) : reach.confirmed ? t.have(address) : t.waiting(address);
  return (
    <p class={reach.failed ? "line wait" : reach.confirmed ? "line good" : "line info"} role="status">
      <Icon name={reach.confirmed && !reach.failed ? "check" : "bell"} />
      <span>{said}</span>
    </p>
  );
}

/** The address and the ticks. An address that is there stays unless another is asked for. */
export function ReachForm({ reach, onChanged }: FormProps) {
  const app = useApp();
  const ask = useAsk();
  const [address, setAddress] = useState("");
  const [another, setAnother] = useState(false);
  const [ticked, setTicked] = useState<readonly Matter[]>(reach.ticked);
  const [wrong, setWrong] = useState<string | null>(null);
  const t = reachWords.value;
  if (!reach.mail) {
    return (
      <p class="line info">
        <Icon name="bell" />
        <span>{t.off}</span>
      </p>
    );
  }
  const asksFor = another || reach.address === null || reach.failed;
  const tick = (matter: Matter, on: boolean): void => {
    setWrong(null);
    setTicked(MATTERS.filter((one) => (one === matter ? on : ticked.includes(one))));
  };
  const save = (event: Event): void => {
    event.preventDefault();
    if (asksFor && ticked.length === 0) return setWrong(t.tickOne);
    void ask.run(async () => {
      await app.api("give_address", {
        body: { ticked, address: asksFor ? address : null, language: language.value },
      });
      setAnother(false);
      setAddress("");
      say(asksFor ? t.asked : t.saved);
      onChanged();
    });
  };
  const remove = (): void => {
    void ask.run(async () => {
      await app.api("forget_address");
      setTicked([]);
      say(t.removed);
      onChanged();
    });
  };
  return (
    <form class="stack" onSubmit={save} noValidate>
      {reach.address === null ? null : <Status reach={reach} address={reach.address} />}
      <fieldset>
        <legend class="label">{t.matters}</legend>
        {MATTERS.map((matter) => (
          <label class="tick" key={matter}>
            <input
              type="checkbox"
              checked={ticked.includes(matter)}
              onChange={(event) => tick(matter, event.currentTarget.checked)}
            />
            <span>
              <b>{t.matter[matter]}</b> <span class="quiet">{t.matterHelp[matter]}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {asksFor ? (
        <Field
          label={t.address}
          value={address}
          onInput={(value) => {
            setAddress(value);
            ask.clear();
          }}
          autocomplete="email"
          maxLength={254}
          spellcheck={false}
        />
      ) : null}
      <Wrong words={wrong ?? (ask.failure === null ? null : failureWords(ask.failure))} />
      <div class="row">
        <button type="submit" class="btn main" aria-disabled={ask.busy}>
          {t.save}
        </button>
        {reach.address === null ? null : (
          <>
            <button type="button" class="btn" onClick={() => setAnother(!another)}>
              {another ? t.cancel : t.another}
            </button>
            <button type="button" class="btn bad" aria-disabled={ask.busy} onClick={remove}>
              {t.remove}
            </button>
          </>
        )}
      </div>
    </form>
  );
}

/** Beside the question whether to sign out: for whoever has left no address. */
export function ReachFirst() {
  const app = useApp();
  const [state, again] = useFetched(() => app.api("reach"), "");
  const [shown, setShown] = useState(false);
  const t = reachWords.value;
  if (state.is !== "there" || !state.value.mail || (state.value.address !== null && !shown)) return null;
  return (
    <p class="row">
      <button type="button" class="btn small" onClick={() => setShown(true)}>
        <Icon name="bell" />
        {t.offer}
      </button>
      {shown ? (
        <Dialog title={t.title} onClose={() => setShown(false)}>
          <div class="stack">
            <p class="soft">{t.help}</p>
            <ReachForm reach={state.value} onChanged={again} />
          </div>
        </Dialog>
      ) : null}
    </p>
  );
}
