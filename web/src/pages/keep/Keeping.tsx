import { useState } from "preact/hooks";
import type { Keeping } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { failureWords, useAsk } from "../../ui/ask";
import { Question } from "../../ui/Dialog";
import { Wrong } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { say } from "../../ui/say";
import { useFetched } from "../../ui/useFetched";
import { words } from "../../words";
import { keepWords } from "../../words/keep";
import { rightsWords } from "../../words/rights";
import { date } from "../../words/when";
import "../../styles/rights.css";
import { HoldSheet, KeepSheet } from "./KeepingSheets";
import type { Place } from "./place";

function placesOf(keeping: Keeping): readonly Place[] {
  const { days, hold, held_since_ms: since_ms, rooms } = keeping;
  const title = rightsWords.value.keeping.community;
  const due = rooms.reduce((sum, one) => sum + one.due, 0);
  return [
    { room: null, title, own: days, days, due, hold, since_ms },
    ...rooms.map((one) => {
      const { room, own_days, held_since_ms } = one;
      return {
        room,
        title: one.title,
        own: own_days,
        days: one.days,
        due: one.due,
        hold: one.hold,
        since_ms: held_since_ms,
      };
    }),
  ];
}

type Open = { readonly is: "days" | "hold" | "end"; readonly place: Place };

/** For how long words are kept, in the community and room by room, and legal holds. */
export function KeepingPart({ slug }: { slug: string }) {
  const app = useApp();
  const ask = useAsk();
  const [state, again] = useFetched(() => app.api("keeping", { params: { slug } }), slug);
  const [open, setOpen] = useState<Open | null>(null);
  const t = rightsWords.value.keeping;
  // A dialog that has just been closed says so a little later: what was opened since is another.
  const close = (): void => setOpen((now) => (now === open ? null : now));
  const done = (): void => {
    close();
    again();
    void app.community(slug).reload();
    say(keepWords.value.saved);
  };
  const end = ({ room }: Place): void => {
    close();
    void ask.run(async () => {
      await app.api("set_hold", { params: { slug }, body: { reason: null, room } });
      done();
    });
  };
  return (
    <section class="part" aria-labelledby="part-title">
      <h2 id="part-title">{keepWords.value.parts.keeping}</h2>
      <p class="sub">{t.help}</p>
      <Wrong words={ask.failure === null ? null : failureWords(ask.failure)} />
      {state.is === "loading" ? <p class="soft">{words.value.shell.loading}</p> : null}
      {state.is === "failed" ? <Wrong words={failureWords(state.failure)} /> : null}
      {state.is === "there" ? (
        <ul class="lines">
          {placesOf(state.value).map((place) => (
            <Line key={place.room ?? ""} place={place} onOpen={(is) => setOpen({ is, place })} />
          ))}
        </ul>
      ) : null}
      {open?.is === "days" && state.is === "there" ? (
        <KeepSheet slug={slug} place={open.place} keeping={state.value} onDone={done} onClose={close} />
      ) : null}
      {open?.is === "hold" ? <HoldSheet slug={slug} place={open.place} onDone={done} onClose={close} /> : null}
      {open?.is === "end" ? (
        <Question
          title={t.endAsk(open.place.title)}
          help={t.endHelp}
          no={words.value.shell.cancel}
          yes={t.end}
          onNo={close}
          onYes={() => end(open.place)}
        />
      ) : null}
    </section>
  );
}

function Line({ place, onOpen }: { place: Place; onOpen: (is: Open["is"]) => void }) {
  const t = rightsWords.value.keeping;
  const { title, hold, since_ms, due, own } = place;
  const held = hold !== null && since_ms !== null ? t.held(t.reasons[hold], date(since_ms)) : null;
  return (
    <li>
      <Icon name={held === null ? "clock" : "lock"} />
      <span class="grow">
        <b dir="auto">{title}</b>
        <span class="quiet">
          {[t.days(place.days), own === null ? t.asCommunity : "", held ?? (due > 0 ? t.due(due) : "")]
            .filter(Boolean)
            .join(" · ")}
        </span>
      </span>
      <span class="row tight ends">
        <button type="button" class="btn small" aria-label={t.changeOf(title)} onClick={() => onOpen("days")}>
          {t.change}
        </button>
        {held === null ? (
          <button type="button" class="btn small" aria-label={t.holdOf(title)} onClick={() => onOpen("hold")}>
            {t.hold}
          </button>
        ) : (
          <button type="button" class="btn small bad" aria-label={t.endOf(title)} onClick={() => onOpen("end")}>
            {t.end}
          </button>
        )}
      </span>
    </li>
  );
}
