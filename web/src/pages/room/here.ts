import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Deed, MessageId, PersonId } from "../../contract.gen";
import type { RoomStore, Shown } from "../../state";
import { messagesOf } from "./fresh";
import { Reader } from "./reader";
import type { Named } from "./text";

/** What is open on this page of a room; nothing of it is told to anybody. */
export interface Here {
  readonly store: RoomStore;
  /** The community's and the room's address. */
  readonly slug: string;
  readonly roomSlug: string;
  /** The message whose answers are open: beside the talk or under the message. */
  readonly thread: Signal<MessageId | null>;
  /** What the calm view shows although it would leave it out: the keys of those messages. */
  readonly opened: Signal<ReadonlySet<string>>;
  /** The message that is being put into other words. */
  readonly editing: Signal<MessageId | null>;
  /** Where the reader is in the conversation. */
  readonly reader: Reader;
  /** The names of the people who were seen here, for mentions. */
  readonly names: ReadonlySignal<ReadonlyMap<PersonId, string>>;
  readonly me: ReadonlySignal<PersonId | null>;
  readonly myName: ReadonlySignal<string>;
  readonly may: Rights;
}

/** What I may do with messages. Signals of a plain yes or no, so that a row is drawn anew only when one turns. */
export interface Rights {
  readonly post: ReadonlySignal<boolean>;
  readonly react: ReadonlySignal<boolean>;
  readonly edit: ReadonlySignal<boolean>;
  readonly removeOwn: ReadonlySignal<boolean>;
  readonly removeAny: ReadonlySignal<boolean>;
}

export const HereContext = createContext<Here | null>(null);

export function useHere(): Here {
  const here = useContext(HereContext);
  if (here === null) throw new Error("a part of a room was drawn outside of one");
  return here;
}

/** The names of everyone who can be seen here. */
function namesIn(store: RoomStore): Map<PersonId, string> {
  const names = new Map<PersonId, string>();
  const note = ({ author }: Shown): void => {
    const { person, name } = author;
    if (typeof person === "string" && typeof name === "string") names.set(person, name);
  };
  const screen = store.screen.value;
  for (const message of messagesOf(screen?.rows ?? [])) {
    note(message);
    message.replies.forEach(note);
  }
  for (const one of store.roster.value.people) names.set(one.person, one.name);
  if (screen !== null) names.set(screen.me.person, screen.me.name);
  return names;
}

const same = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean =>
  a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);

/** The same map as long as it says the same: rows depend on it. */
function namesOf(store: RoomStore): ReadonlySignal<ReadonlyMap<PersonId, string>> {
  let last: ReadonlyMap<PersonId, string> = new Map();
  return computed(() => {
    const names = namesIn(store);
    if (!same(names, last)) last = names;
    return last;
  });
}

function rightsIn(store: RoomStore): Rights {
  const may = (deed: Deed, own: boolean): ReadonlySignal<boolean> =>
    computed(() => store.screen.value !== null && store.may(deed, { own }) === null);
  return {
    post: may("message.post", false),
    react: may("reaction.set", false),
    edit: may("message.edit", true),
    removeOwn: may("message.remove", true),
    removeAny: may("message.remove", false),
  };
}

export function openHere(store: RoomStore, slug: string, roomSlug: string): Here {
  return {
    store,
    slug,
    roomSlug,
    thread: signal(null),
    opened: signal(new Set()),
    editing: signal(null),
    reader: new Reader(store),
    names: namesOf(store),
    me: computed(() => store.screen.value?.me.person ?? null),
    myName: computed(() => store.screen.value?.me.name ?? ""),
    may: rightsIn(store),
  };
}

/** Shows messages that the calm view leaves out. */
export function open(here: Here, keys: readonly string[]): void {
  here.opened.value = new Set([...here.opened.peek(), ...keys]);
}

/** Who a message says by name, as far as the names are known. */
export function namedIn(message: Shown, here: Here): readonly Named[] {
  if (message.mentions.length === 0) return [];
  const names = here.names.value;
  return message.mentions.flatMap((person) => {
    const name = names.get(person);
    return name === undefined ? [] : [{ name, me: person === here.me.value }];
  });
}
