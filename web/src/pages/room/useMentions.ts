import { useEffect, useRef, useState } from "preact/hooks";
import type { PersonLine, Present } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { askedFor, type Asked } from "./keys";
import { useHere } from "./here";

// One question a pause in typing, not one a letter.
const PAUSE_MS = 150;
const SHOWN = 6;

export interface Mentions {
  readonly people: readonly PersonLine[];
  /** Null while nobody is being named. */
  readonly asked: Asked | null;
  readonly active: number;
  setActive(i: number): void;
  /** Look at the text before the caret anew. */
  look(text: string, caret: number): void;
  stop(): void;
}

const beginning = (query: string, present: readonly Present[]): PersonLine[] =>
  present
    .filter((one) => one.name.toLocaleLowerCase().startsWith(query.toLocaleLowerCase()))
    .map((one) => ({ person: one.person, name: one.name, standing: one.standing ?? null, role: one.role ?? null }));

/** Those who are here stay on top: in a large community the server's first few may all be others. */
function joined(here: readonly PersonLine[], found: readonly PersonLine[]): readonly PersonLine[] {
  const known = new Set(here.map((one) => one.person));
  return [...here, ...found.filter((one) => !known.has(one.person))].slice(0, SHOWN);
}

/** Who could be meant by what follows the "@": those here at once, then all that the server finds. */
export function useMentions(): Mentions {
  const app = useApp();
  const { store } = useHere();
  const [asked, setAsked] = useState<Asked | null>(null);
  const [people, setPeople] = useState<readonly PersonLine[]>([]);
  const [active, setActive] = useState(0);
  const latest = useRef<string | null>(null);
  const query = asked?.query ?? null;
  useEffect(() => {
    latest.current = query;
    setActive(0);
    if (query === null) {
      setPeople([]);
      return undefined;
    }
    const here = beginning(query, store.roster.peek().people);
    setPeople(here.slice(0, SHOWN));
    const timer = setTimeout(() => {
      app.api("people", { params: { room: store.room }, query: { q: query } }).then(
        (found) => {
          if (latest.current === query) setPeople(joined(here, found.people));
        },
        // Those who are here were offered already; more is not worth a word of alarm.
        () => undefined,
      );
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [query, app, store]);
  return {
    people,
    asked,
    active: Math.min(active, Math.max(0, people.length - 1)),
    setActive,
    look: (text, caret) => setAsked(askedFor(text, caret)),
    stop: () => setAsked(null),
  };
}
