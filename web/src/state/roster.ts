import { signal, type ReadonlySignal } from "@preact/signals";
import type { PersonId, Present, RosterChanged } from "../contract.gen";
import { alike } from "./alike";
import { stored, type Keep } from "./keep";
import type { RenamedStore, Roster } from "./surface";
import type { View } from "./view";

const NOBODY_HERE: Roster = { count: 0, people: [], namedAll: true, known: true };

/** Who is here, as the server told it last. */
function rosterOf({ roster }: View): Roster {
  return {
    count: roster.count,
    people: roster.people,
    namedAll: roster.named_all ?? true,
    known: roster.known ?? true,
  };
}

type Former = ReadonlyMap<PersonId, string>;

const NOBODY: Former = new Map();
const KEY = "renamed";
// Whoever is told of more than these may be told of one of them a second time.
const REMEMBERED = 100;

/** Person and mark of the new name: no name of anybody else stays on a device. */
type Seen = readonly (readonly [PersonId, string])[];

const isSeen = (value: unknown): value is Seen =>
  Array.isArray(value) && value.every((one) => Array.isArray(one) && one.length === 2);

/** A short mark of a name, from which the name can't be read. */
function markOf(name: string): string {
  let mark = 0x811c9dc5;
  for (const sign of name) mark = Math.imul(mark ^ (sign.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return mark.toString(36);
}

/**
 * Who is here, and who of them is called something else than the reader knows them by. What they said keeps the name
 * it was said under.
 */
export class Roll implements RenamedStore {
  readonly #keep: Keep;
  readonly #me: PersonId;
  readonly #former = signal(NOBODY);
  /** By which name somebody was first seen here, until the reader has been told of another. */
  readonly #known = new Map<PersonId, string>();
  readonly #roster = signal(NOBODY_HERE);
  #told: RosterChanged | null = null;

  constructor(keep: Keep, me: PersonId) {
    [this.#keep, this.#me] = [keep, me];
  }

  get former(): ReadonlySignal<Former> {
    return this.#former;
  }

  get roster(): ReadonlySignal<Roster> {
    return this.#roster;
  }

  /** Who is here may be others now, or be called something else. */
  look(view: View | null): void {
    const now = view === null ? NOBODY_HERE : rosterOf(view);
    if (!alike(this.#roster.peek(), now)) this.#roster.value = now;
    if (view !== null && view.roster !== this.#told) this.#compare(view);
  }

  #compare(view: View): void {
    this.#told = view.roster;
    const others = view.roster.people.filter(({ person }) => person !== this.#me);
    const unknown = new Set(others.map(({ person }) => person).filter((person) => !this.#known.has(person)));
    for (const [person, name] of lastNames(view, unknown)) this.#known.set(person, name);
    for (const { person, name } of others) if (!this.#known.has(person)) this.#known.set(person, name);
    this.#tell(others);
  }

  saw(): void {
    if (this.#former.peek().size === 0) return;
    const names = new Map(this.#told?.people.map(({ person, name }) => [person, name]));
    const now: Seen = [...this.#former.peek().keys()].flatMap((person) => {
      const name = names.get(person);
      return name === undefined ? [] : [[person, markOf(name)] as const];
    });
    for (const [person] of now) this.#known.set(person, names.get(person) ?? "");
    const before = this.#seen().filter(([person]) => !now.some(([other]) => other === person));
    this.#keep.set(KEY, JSON.stringify([...now, ...before].slice(0, REMEMBERED)));
    this.#former.value = NOBODY;
  }

  #tell(others: readonly Present[]): void {
    const seen = new Map(this.#seen());
    const former = others.flatMap(({ person, name }) => {
      const known = this.#known.get(person);
      return known === undefined || known === name || seen.get(person) === markOf(name)
        ? []
        : [[person, known] as const];
    });
    if (former.length > 0 || this.#former.peek().size > 0) this.#former.value = new Map(former);
  }

  #seen(): Seen {
    return stored(this.#keep, KEY, isSeen) ?? [];
  }
}

/** The name under the newest message that is loaded, of each of these. */
function lastNames(view: View, people: ReadonlySet<PersonId>): ReadonlyMap<PersonId, string> {
  const newest = new Map<PersonId, { readonly seq: number; readonly name: string }>();
  if (people.size === 0) return new Map();
  for (const { author, seq } of view.said.values()) {
    const { person, name } = author;
    if (typeof person !== "string" || typeof name !== "string" || !people.has(person)) continue;
    if (seq > (newest.get(person)?.seq ?? -1)) newest.set(person, { seq, name });
  }
  return new Map([...newest].map(([person, { name }]) => [person, name]));
}
