import { useState } from "preact/hooks";
import type { PersonLine, RoomLine } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { failureWords, useAsk } from "../../ui/ask";
import { Dialog } from "../../ui/Dialog";
import { Face } from "../../ui/Face";
import { Field, Wrong } from "../../ui/Field";
import { useFetched } from "../../ui/useFetched";
import { keepWords } from "../../words/keep";

export interface LetInProps {
  readonly slug: string;
  readonly room: RoomLine;
  readonly onClose: () => void;
}

/** Members to let into a room that is only for those let in, found by the first letters of their names. */
export function LetIn({ slug, room, onClose }: LetInProps) {
  const app = useApp();
  const ask = useAsk();
  const [query, setQuery] = useState("");
  const [told, setTold] = useState("");
  const t = keepWords.value.rooms;
  const [found] = useFetched(
    () => app.api("people", { params: { room: room.room }, query: { q: query } }),
    `${slug} ${query}`,
  );
  const set = (one: PersonLine, admitted: boolean): void => {
    void ask.run(async () => {
      await app.api("admit", { params: { room: room.room, person: one.person }, body: { admitted } });
      setTold(admitted ? t.isIn(one.name) : t.isOut(one.name));
    });
  };
  const failure = ask.failure ?? (found.is === "failed" ? found.failure : null);
  const people = found.is === "there" ? found.value.people : [];
  return (
    <Dialog title={t.letInTo(room.title)} onClose={onClose}>
      <div class="stack">
        <Field label={keepWords.value.members.find} help={t.letInHelp} value={query} onInput={setQuery} />
        <Wrong words={failure === null ? null : failureWords(failure)} />
        <p role="status">{told}</p>
        <ul class="lines">
          {people.map((one) => (
            <li key={one.person}>
              <Face person={one.person} name={one.name} small />
              <b class="grow" dir="auto">
                {one.name}
              </b>
              <span class="row tight ends">
                <button type="button" class="btn small" aria-label={t.letInOf(one.name)} onClick={() => set(one, true)}>
                  {t.letInDo}
                </button>
                <button
                  type="button"
                  class="btn small plain"
                  aria-label={t.letOutOf(one.name)}
                  onClick={() => set(one, false)}
                >
                  {t.letOut}
                </button>
              </span>
            </li>
          ))}
        </ul>
        {found.is === "there" && people.length === 0 ? <p class="soft">{keepWords.value.members.none}</p> : null}
      </div>
    </Dialog>
  );
}
