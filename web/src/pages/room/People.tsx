import { useEffect } from "preact/hooks";
import type { Present } from "../../contract.gen";
import type { Roster } from "../../state";
import { useApp } from "../../shell/context";
import { Face } from "../../ui/Face";
import { words } from "../../words";
import { useHere } from "./here";
import { Tags } from "./Tags";

const RANK: Readonly<Record<string, number>> = { host: 0, moderator: 1, keeper: 1 };

/** The team first, so that someone who needs help sees at once whom to ask; then by name. Nobody is ranked. */
function inOrder(people: readonly Present[]): readonly Present[] {
  const rank = (one: Present): number => RANK[one.role ?? ""] ?? 2;
  return [...people].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

/** Under the list: whether these are all, as far as can be seen. */
function closing({ known, count }: Roster): string {
  const t = words.value.people;
  if (!known) return count === 0 ? t.unseen : t.someSeen;
  return count <= 1 ? t.nobody : t.listening;
}

function Before({ name }: { name: string | undefined }) {
  return name === undefined ? null : (
    <span class="before" dir="auto">
      {words.value.people.before(name)}
    </span>
  );
}

/** Who is here now: by name, or the team and a number when there are many. */
export function PeopleList() {
  const { store } = useHere();
  const roster = store.roster.value;
  const me = store.screen.value?.me.person;
  const t = words.value.people;
  const renamed = store.renamed.former.value;
  // Closed, or gone from the room: whoever looked has seen who is called something else.
  useEffect(() => () => store.renamed.saw(), [store]);
  const rest = roster.count - roster.people.length;
  return (
    <>
      <ul>
        {inOrder(roster.people).map((one) => (
          <li key={one.person}>
            <Face person={one.person} name={one.name} host={one.role === "host"} small />
            <span class="grow" dir="auto">
              {one.person === me ? t.youAs(one.name) : one.name}
              <Before name={renamed.get(one.person)} />
            </span>
            <Tags role={one.role} standing={one.standing} />
          </li>
        ))}
      </ul>
      <p class="quiet">
        {rest > 0 ? `${t.others(rest)} ` : ""}
        {closing(roster)}
      </p>
      <KeptHere />
    </>
  );
}

/** For how long what is said here is kept. */
function KeptHere() {
  const app = useApp();
  const { slug, roomSlug } = useHere();
  const home = app.community(slug).home.value;
  const line = home.is === "loaded" ? home.value.rooms.find((one) => one.slug === roomSlug) : undefined;
  return line === undefined ? null : <p class="quiet">{words.value.people.kept(line.kept_days)}</p>;
}
