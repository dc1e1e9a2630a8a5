import { useState } from "preact/hooks";
import type { HoldReason, Keeping } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { failureWords, useAsk } from "../../ui/ask";
import { Choices } from "../../ui/Choices";
import { Dialog } from "../../ui/Dialog";
import { Field, Wrong } from "../../ui/Field";
import { useFetched } from "../../ui/useFetched";
import { useSettled } from "../../ui/useSettled";
import { words } from "../../words";
import { rightsWords } from "../../words/rights";
import type { Place } from "./place";

interface SheetProps {
  readonly slug: string;
  readonly place: Place;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

const PAUSE_MS = 300;

/** For how many days words are kept at a place, with what would go at once. */
export function KeepSheet({ slug, place, keeping, onDone, onClose }: SheetProps & { readonly keeping: Keeping }) {
  const app = useApp();
  const ask = useAsk();
  const [typed, setTyped] = useState(place.own === null ? "" : String(place.own));
  const t = rightsWords.value.keeping;
  const least = keeping.least;
  const most = place.room === null ? keeping.most : keeping.days;
  const days = /^\d{1,4}$/.test(typed.trim()) ? Number(typed.trim()) : null;
  const fits = days !== null && days >= Math.min(least, most) && days <= most;
  const asCommunity = place.room !== null && typed.trim() === "";
  const help = (place.room === null ? t.fieldHelp : t.fieldHelpRoom)(Math.min(least, most), most);
  const save = (event: Event): void => {
    event.preventDefault();
    if (!fits && !asCommunity) return;
    void ask.run(async () => {
      await app.api("set_keeping", { params: { slug }, body: { days: asCommunity ? null : days, room: place.room } });
      onDone();
    });
  };
  return (
    <Dialog title={t.title(place.title)} onClose={onClose}>
      <form class="stack rights-sheet" onSubmit={save} noValidate>
        <Field
          label={t.field}
          help={help}
          value={typed}
          onInput={(value) => {
            setTyped(value);
            ask.clear();
          }}
          wrong={fits || asCommunity ? null : help}
          inputMode="numeric"
          maxLength={4}
        />
        {fits && place.hold === null ? <WouldGo slug={slug} place={place} days={days} /> : null}
        <Wrong words={ask.failure === null ? null : failureWords(ask.failure)} />
        <div class="dos">
          <button type="button" class="btn" onClick={onClose}>
            {words.value.shell.cancel}
          </button>
          <button type="submit" class="btn main" aria-disabled={ask.busy || (!fits && !asCommunity)}>
            {t.save}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function WouldGo({ slug, place, days }: { slug: string; place: Place; days: number }) {
  const app = useApp();
  const meant = useSettled(days, PAUSE_MS);
  const room = place.room === null ? {} : { room: place.room };
  const [state] = useFetched(
    () =>
      app.api("keeping_due", { params: { slug }, query: { days: meant, ...room } }).then(({ due }) => ({ due, meant })),
    String(meant),
  );
  const t = rightsWords.value.keeping;
  if (state.is !== "there") return null;
  const { due, meant: of } = state.value;
  return (
    <p class={due > 0 ? "line wait" : "line info"} role="status">
      <span>{due > 0 ? t.wouldGo(due, of) : t.wouldNotGo(of)}</span>
    </p>
  );
}

const REASONS: readonly HoldReason[] = ["safeguarding", "complaint", "investigation", "court"];

/** Begins a legal hold, for a reason that is a code and no words. */
export function HoldSheet({ slug, place, onDone, onClose }: SheetProps) {
  const app = useApp();
  const ask = useAsk();
  const [reason, setReason] = useState<HoldReason | null>(null);
  const t = rightsWords.value.keeping;
  const begin = (event: Event): void => {
    event.preventDefault();
    if (reason === null) return;
    void ask.run(async () => {
      await app.api("set_hold", { params: { slug }, body: { reason, room: place.room } });
      onDone();
    });
  };
  return (
    <Dialog title={t.holdTitle(place.title)} onClose={onClose} question>
      <form class="stack rights-sheet" onSubmit={begin} noValidate>
        <p class="soft">{t.holdHelp}</p>
        <Choices
          legend={t.reason}
          of={REASONS.map((value) => ({ value, words: t.reasons[value] }))}
          value={reason}
          onChoose={setReason}
        />
        <Wrong words={ask.failure === null ? null : failureWords(ask.failure)} />
        <div class="dos">
          <button type="button" class="btn" onClick={onClose}>
            {words.value.shell.cancel}
          </button>
          <button type="submit" class="btn main" aria-disabled={ask.busy || reason === null}>
            {t.begin}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
