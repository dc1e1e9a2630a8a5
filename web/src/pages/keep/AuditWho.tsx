import { useState } from "preact/hooks";
import type { AuditPerson, PersonId } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { Field } from "../../ui/Field";
import { useFetched } from "../../ui/useFetched";
import { useSettled } from "../../ui/useSettled";
import { auditWords } from "../../words/audit";
import { keepWords } from "../../words/keep";

// One question a pause in typing, and no more names than fit on a phone.
const PAUSE_MS = 200;
const OFFERED = 6;

interface Someone {
  readonly person: PersonId;
  readonly name: string;
}

export interface AuditWhoProps {
  readonly slug: string;
  readonly about: AuditPerson | null;
  /** Those in the list: they may be members no longer. */
  readonly seen: readonly AuditPerson[];
  readonly onAbout: (person: AuditPerson | null) => void;
}

/** About whom the list is: somebody found by the first letters of their name, or everybody. */
export function AuditWho({ slug, about, seen, onAbout }: AuditWhoProps) {
  const app = useApp();
  const [query, setQuery] = useState("");
  const sought = useSettled(query.trim(), PAUSE_MS);
  const t = auditWords.value;
  const [found] = useFetched<readonly Someone[]>(
    async () => (sought === "" ? [] : (await app.api("members", { params: { slug }, query: { q: sought } })).members),
    `${slug} ${sought}`,
  );
  if (about !== null) {
    return (
      <div class="row between">
        <b dir="auto">{t.about(about.name ?? t.someone)}</b>
        <button type="button" class="btn small" onClick={() => onAbout(null)}>
          {t.everybody}
        </button>
      </div>
    );
  }
  const offered = offers(sought, found.is === "there" ? found.value : [], seen);
  const choose = (one: Someone): void => {
    setQuery("");
    onAbout(one);
  };
  return (
    <div class="stack">
      <Field label={keepWords.value.members.find} help={t.findHelp} value={query} onInput={setQuery} />
      {sought === "" ? null : (
        <div class="row" role="group" aria-label={t.found}>
          {offered.map((one) => (
            <button key={one.person} type="button" class="btn small" onClick={() => choose(one)}>
              <span dir="auto">{one.name}</span>
            </button>
          ))}
          {found.is === "there" && offered.length === 0 ? (
            <span class="soft">{keepWords.value.members.none}</span>
          ) : null}
        </div>
      )}
    </div>
  );
}

/** Members who were found, and those in the list who have such a name, each once. */
function offers(sought: string, found: readonly Someone[], seen: readonly AuditPerson[]): readonly Someone[] {
  const all = new Map(found.map((one) => [one.person, one]));
  for (const { person, name } of seen) {
    if (name?.toLowerCase().startsWith(sought.toLowerCase()) === true && !all.has(person)) {
      all.set(person, { person, name });
    }
  }
  return [...all.values()].slice(0, OFFERED);
}
