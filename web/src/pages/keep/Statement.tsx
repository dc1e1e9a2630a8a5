import { useState } from "preact/hooks";
import type { Admits, CommunityView, DoorLine, Membership } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { codeOf, failureWords, useAsk } from "../../ui/ask";
import { Choices } from "../../ui/Choices";
import { Field, Wrong, type FieldProps } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { say } from "../../ui/say";
import { VALUES_MOST } from "../../ui/statement";
import { keepWords } from "../../words/keep";
import { pageWords } from "../../words/pages";
import { DoorPreview } from "./DoorPreview";
import {
  bodyOf,
  doorLines,
  draftOf,
  isMissing,
  isTooMany,
  isWrong,
  leadIsHalf,
  LISTS,
  viewOf,
  type Draft,
  type Text,
} from "./stated";

/** As many as somebody reads who is tired and has never been here. */
const DOOR_WORDS_MOST = 120;
/** Young people can't be let in yet: see what is said beside the choice. */
const ADMITS = ["adults", "sixteen"] as const satisfies readonly Admits[];

interface StatementProps {
  readonly community: CommunityView;
  readonly me: Membership;
  /** Where an invitation would lead, for the preview. */
  readonly place: string;
}

/** What the community states, to be said anew; beside it the door as it would be. */
export function Statement({ community, me, place }: StatementProps) {
  const app = useApp();
  const ask = useAsk();
  const [draft, setDraft] = useState<Draft>(() => draftOf(community));
  const [count, setCount] = useState(0);
  const t = keepWords.value.statement;
  const wrong = isWrong(draft);
  const change = (said: Partial<Draft>): void => {
    ask.clear();
    setDraft({ ...draft, ...said });
  };
  const save = (event: Event): void => {
    event.preventDefault();
    if (wrong) return;
    void ask.run(async () => {
      await app.api("change_community", { params: { slug: community.slug }, body: bodyOf(draft) });
      await app.community(community.slug).reload();
      say(keepWords.value.saved);
    });
  };
  const text = (name: Text, label: string, how: Pick<FieldProps, "help" | "lines" | "maxLength"> = {}) => (
    <Field
      label={label}
      value={draft[name]}
      onInput={(value) => change({ [name]: value })}
      wrong={wrongAt(draft, name)}
      {...how}
    />
  );
  const standingWrong = codeOf(ask.failure) === "name_reserved" ? t.standingReserved : null;
  return (
    <section class="part" aria-labelledby="part-title">
      <h2 id="part-title">{keepWords.value.parts.statement}</h2>
      <p class="sub">{t.help}</p>
      <div class="beside-door">
        <form class="card stack-l" onSubmit={save} noValidate>
          {text("name", t.name, { maxLength: 80 })}
          {text("purpose", t.purpose, { maxLength: 400, lines: 2 })}
          {text("values", t.values, { lines: 4 })}
          {text("commitments", t.commitments, { lines: 2, help: t.commitmentsHelp })}
          {text("runs_it", t.runsIt, { maxLength: 120 })}
          {text("contact", t.contact, { maxLength: 120 })}
          <fieldset class="stack">
            <legend class="label">{t.lead}</legend>
            <p class="help">{t.leadHelp}</p>
            {text("lead", t.leadName, { maxLength: 120 })}
            {text("lead_contact", t.leadContact, { maxLength: 120 })}
          </fieldset>
          <div>
            <Choices<Admits>
              legend={t.admits}
              of={ADMITS.map((value) => ({ value, words: t.admitsWho[value] }))}
              value={draft.admits}
              onChoose={(admits) => change({ admits })}
            />
            <p class="help">{t.youngNotYet}</p>
          </div>
          {text("standings", t.standings, { lines: 4, help: t.standingsHelp })}
          <DoorWords community={community} door={draft.door} onChange={(door) => change({ door })} />
          <Wrong words={standingWrong ?? (ask.failure === null ? null : failureWords(ask.failure))} />
          <button type="submit" class="btn main" aria-disabled={ask.busy || wrong}>
            {t.save}
          </button>
        </form>
        <div class="door-side stack" role="group" aria-labelledby="door-side">
          <h3 id="door-side">{t.preview}</h3>
          <p class="help">{t.previewHelp}</p>
          <p class={count > DOOR_WORDS_MOST ? "line wait" : "line info"} role="status">
            <Icon name={count > DOOR_WORDS_MOST ? "pen" : "check"} />
            <span>{count > DOOR_WORDS_MOST ? t.tooManyWords(count, DOOR_WORDS_MOST) : t.words(count)}</span>
          </p>
          <DoorPreview community={viewOf(community, draft)} me={me} place={place} onCount={setCount} />
        </div>
      </div>
    </section>
  );
}

function wrongAt(draft: Draft, name: Text): string | null {
  const t = keepWords.value.statement;
  const list = LISTS.find((one) => one === name);
  if (isMissing(draft, name)) return t.missing;
  if (list !== undefined && isTooMany(draft, list)) return t.tooMany(VALUES_MOST);
  const half = name === "lead" || name === "lead_contact" ? leadIsHalf(draft) && draft[name].trim() === "" : false;
  return half ? t.missing : null;
}

interface DoorWordsProps {
  readonly community: CommunityView;
  readonly door: Draft["door"];
  readonly onChange: (door: Draft["door"]) => void;
}

/** The other lines of the page where people join. What is left empty is in Hearth's words, in each reader's language. */
function DoorWords({ community, door, onChange }: DoorWordsProps) {
  const t = keepWords.value.statement;
  const set = (line: DoorLine, text: string): void => onChange({ ...door, [line]: text });
  return (
    <details class="door-words">
      <summary>{t.doorWords}</summary>
      <div class="stack">
        <p class="help">{t.doorWordsHelp}</p>
        {doorLines(community).map(([line, standard]) => (
          <Field
            key={line}
            label={t.doorLine[line]}
            help={t.standard(standard)}
            value={door[line] ?? ""}
            onInput={(value) => set(line, value)}
            maxLength={200}
          />
        ))}
        <p class="help">{t.fixed(pageWords.value.join.kept(community.kept_days))}</p>
      </div>
    </details>
  );
}
