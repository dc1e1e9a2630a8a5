import { useState } from "preact/hooks";
import type { Audit, AuditChain, AuditLine, AuditPerson, What } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { failureWords, useAsk } from "../../ui/ask";
import { Wrong } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { useFetched } from "../../ui/useFetched";
import { AuditWho } from "./AuditWho";
import { words } from "../../words";
import { auditWords } from "../../words/audit";
import { keepWords } from "../../words/keep";
import { dayTitle, fromNow, time } from "../../words/when";

const EVERYTHING = "";

/** The pages after the first one, and which first one it was. */
interface Further extends Audit {
  readonly after: Audit;
}

/** What was done by right, newest first: by kind and by person, and whether anybody has changed it since. */
export function AuditPart({ slug }: { slug: string }) {
  const app = useApp();
  const ask = useAsk();
  const [what, setWhat] = useState<What | typeof EVERYTHING>(EVERYTHING);
  const [about, setAbout] = useState<AuditPerson | null>(null);
  const [further, setFurther] = useState<Further | null>(null);
  const t = auditWords.value;
  const page = (cursor?: string): Promise<Audit> =>
    app.api("audit", {
      params: { slug },
      query: {
        ...(what === EVERYTHING ? {} : { what }),
        ...(about === null ? {} : { person: about.person }),
        ...(cursor === undefined ? {} : { cursor }),
      },
    });
  const [first] = useFetched(() => page(), `${slug} ${what} ${about?.person ?? ""}`);
  const start = first.is === "there" ? first.value : null;
  // What followed another first page follows no longer.
  const added = further?.after === start ? further : null;
  const lines = [...(start?.lines ?? []), ...(added?.lines ?? [])];
  const chain = start?.chain ?? null;
  const next = (added ?? start)?.next ?? null;
  const more = (cursor: string): void => {
    void ask.run(async () => {
      const got = await page(cursor);
      if (start !== null) setFurther({ ...got, after: start, lines: [...(added?.lines ?? []), ...got.lines] });
    });
  };
  const failure = ask.failure ?? (first.is === "failed" ? first.failure : null);
  return (
    <section class="part" aria-labelledby="part-title">
      <h2 id="part-title">{t.title}</h2>
      <div class="stack">
        <p class="soft">{t.help}</p>
        {chain === null ? null : <Holds chain={chain} now_ms={app.now()} />}
        <label class="label select">
          {t.kind}
          <select class="field" value={what} onChange={(event) => setWhat(event.currentTarget.value as What)}>
            <option value={EVERYTHING}>{t.all}</option>
            {Object.entries(t.kinds).map(([kind, said]) => (
              <option key={kind} value={kind}>
                {said}
              </option>
            ))}
          </select>
        </label>
        <AuditWho slug={slug} about={about} seen={peopleIn(lines)} onAbout={setAbout} />
      </div>
      <Wrong words={failure === null ? null : failureWords(failure)} />
      {first.is === "loading" ? <p class="soft">{words.value.shell.loading}</p> : null}
      {start !== null && lines.length === 0 ? <p class="soft">{t.none}</p> : null}
      <ul class="lines">
        {lines.map((one) => (
          <Line key={one.number} line={one} now_ms={app.now()} />
        ))}
      </ul>
      {next === null ? null : (
        <button type="button" class="btn" disabled={ask.busy} onClick={() => more(next)}>
          {keepWords.value.more}
        </button>
      )}
    </section>
  );
}

function Holds({ chain, now_ms }: { chain: AuditChain; now_ms: number }) {
  const t = auditWords.value;
  if (chain.fault !== null) {
    return (
      <p class="line wait" role="status">
        <Icon name="bell" />
        <span>{t.broken(chain.fault)}</span>
      </p>
    );
  }
  if (chain.count === 0) return null;
  const all = chain.looked >= chain.count;
  return (
    <p class="line good" role="status">
      <Icon name="check" />
      <span>
        {all ? t.holds(chain.count) : t.holdsNewest(chain.looked, chain.count)}
        {all || chain.checked_ms === null ? "" : ` ${t.checked(fromNow(chain.checked_ms, now_ms))}`}
      </span>
    </p>
  );
}

const peopleIn = (lines: readonly AuditLine[]): readonly AuditPerson[] =>
  lines.flatMap(({ by, person }) => [by, person].filter((one) => one !== null));

function Line({ line, now_ms }: { line: AuditLine; now_ms: number }) {
  const t = auditWords.value;
  const name = (one: AuditPerson): string => one.name ?? t.someone;
  const { what, by, person, room, details, at_ms } = line;
  const told = { person: person === null ? null : name(person), room, details };
  const nobody = details["organisation"] === true ? t.organisation : t.operator;
  const when = `${dayTitle(at_ms, now_ms)}, ${time(at_ms)}`;
  return (
    <li>
      <span class="grow">
        <b dir="auto">{what === null ? t.unknown : t.said[what](told)}</b>
        <span class="quiet" dir="auto">
          {t.by(by === null ? nobody : name(by), when)}
        </span>
      </span>
    </li>
  );
}
