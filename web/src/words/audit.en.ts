import type { Admits, Role, Visibility, What } from "../contract.gen";
import { counting } from "./counting";

const { many, num, list } = counting("en-GB");

/** What an act was about: names as they are now, and codes. */
export interface Told {
  /** Null where nobody is meant, or nobody may know who. */
  readonly person: string | null;
  readonly room: string | null;
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

const ROLES: Readonly<Record<Role, string>> = {
  member: "a member",
  moderator: "a moderator",
  host: "a host",
  keeper: "a keeper",
};
const SEEN_BY: Readonly<Record<Visibility, string>> = {
  community: "it is for every member",
  invited: "it is only for those let in",
  team: "it is only for the team",
};
const ADMITS: Readonly<Record<Admits, string>> = {
  adults: "adults",
  sixteen: "16 and over",
  young: "younger people too",
};
/** What a community states, by the names of the fields; two of them are one thing to whoever reads. */
const STATED: Readonly<Record<string, string>> = {
  name: "its name",
  purpose: "its purpose",
  values: "what is asked of each other",
  commitments: "what those who run it promise",
  runs_it: "who runs it",
  contact: "how to reach them",
  lead: "the lead for concerns",
  lead_contact: "the lead for concerns",
  standings: "how people come here",
  door: "the words at the door",
};

const inRoom = (room: string | null): string => (room === null ? "" : ` in ${room}`);
const role = (told: Told): string => ROLES[told.details["role"] as Role] ?? ROLES.member;

function roleWords(told: Told): string {
  const { person, room, details } = told;
  const what = `${role(told)}${inRoom(room)}`;
  if (details["answers"] === true) return `${person} got a ${details["held"] === true ? "yes" : "no"} to being ${what}`;
  return details["held"] === true ? `${person} was made ${what}` : `${person} is no longer ${what}`;
}

function changes({ room, details }: Told): string {
  const said = [
    details["renamed"] === true ? "its name or what it is for" : null,
    SEEN_BY[details["visibility"] as Visibility] ?? null,
    details["hide_names"] === undefined
      ? null
      : details["hide_names"] === true
        ? "names may be hidden"
        : "names may not be hidden",
  ].filter((one) => one !== null);
  return `The room ${room ?? ""} was changed${said.length === 0 ? "" : `: ${list(said)}`}`;
}

function stated({ details }: Told): string {
  const admits = ADMITS[details["admits"] as Admits] as string | undefined;
  const fields = new Set(Object.keys(details).map((field) => STATED[field]));
  const said = [admits === undefined ? undefined : `who may join (${admits})`, ...fields];
  const known = said.filter((one) => one !== undefined);
  return `What the community states was changed${known.length === 0 ? "" : `: ${list(known)}`}`;
}

function invitation(told: Told): string {
  const { room, details } = told;
  const kind = details["kind"] === "code" ? "A code" : "A link";
  const staff = details["staff"] === true ? ", for staff" : "";
  return `${kind} was made to come in as ${role(told)}${inRoom(room)}${staff}`;
}

function keeping({ room, details }: Told): string {
  const days = details["days"];
  if (days === undefined) return `Words${inRoom(room)} are kept as long as in the community`;
  return `Words${inRoom(room)} are now kept for ${many(Number(days), { one: "# day", other: "# days" })}`;
}

function hold({ room, details }: Told): string {
  const where = room === null ? " in the whole community" : inRoom(room);
  return details["reason"] === undefined ? `The legal hold${where} was ended` : `A legal hold was begun${where}`;
}

const said: Readonly<Record<What, (told: Told) => string>> = {
  "message.remove": ({ person, room }) =>
    `A message${person === null ? "" : ` by ${person}`} was removed${inRoom(room)}`,
  "room.open": ({ room, details }) =>
    `The room ${room ?? ""} was opened; ${SEEN_BY[details["visibility"] as Visibility] ?? SEEN_BY.community}`,
  "room.change": changes,
  "room.close": ({ room, details }) =>
    `The room ${room ?? ""} was ${details["closed"] === true ? "closed" : "opened again"}`,
  "room.admit": ({ person, room, details }) =>
    details["admitted"] === true ? `${person} was let into ${room ?? ""}` : `${person} may not come into ${room ?? ""}`,
  "roles.set": roleWords,
  "member.remove": ({ person }) => `${person} was taken out of the community`,
  "sessions.end": ({ person }) => `${person} was signed out everywhere`,
  "invitation.make": invitation,
  "invitation.revoke": () => "An invitation was taken back",
  "community.change": stated,
  "keeping.set": keeping,
  "hold.set": hold,
  "news.tell": ({ room }) => `People were told something${inRoom(room)}`,
  "identity.connect": ({ person }) => `${person} connected the organisation’s sign-in`,
  "identity.disconnect": ({ person }) => `${person} disconnected the organisation’s sign-in`,
  "setup.finish": () => "The steps of setting up were put away",
  "community.found": () => "The community began",
  "passkey.add": () => "A passkey was added",
  "passkey.remove": () => "A passkey was removed",
  "people.link": ({ person }) => `A link was made that signs ${person} in`,
  "people.mint": ({ room, details }) =>
    `${many(Number(details["count"] ?? 0), { one: "# member was", other: "# members were" })} made up for a test${inRoom(room)}`,
  "server.backup": () => "A backup of everything was made",
  "server.key": () => "The server has another secret key: nobody can check what was written before",
  "server.restore": () => "A backup was put back: what was done after it was made is gone",
};

/** English: what was done, for keepers. */
export const audit = {
  title: "What was done",
  help: "Each thing that keepers, hosts, moderators and whoever runs the server did by right. If somebody changes an entry afterwards, it shows.",
  said,
  unknown: "Something that this version of Hearth does not know",
  someone: "someone no longer here",
  operator: "Whoever runs the server",
  organisation: "The organisation’s sign-in",
  by: (name: string, when: string) => `${name} · ${when}`,
  findHelp: "To see only what they did, and what was done to them",
  found: "Found",
  none: "Nothing of this kind was done.",
  kind: "Show",
  all: "Everything",
  kinds: {
    "message.remove": "Messages removed",
    "room.open": "Rooms opened",
    "room.change": "Rooms changed",
    "room.close": "Rooms closed or opened again",
    "room.admit": "People let into rooms, or out",
    "roles.set": "Roles given and taken",
    "member.remove": "Members taken out",
    "sessions.end": "Members signed out",
    "invitation.make": "Invitations made",
    "invitation.revoke": "Invitations taken back",
    "community.change": "What we state changed",
    "keeping.set": "How long words are kept",
    "hold.set": "Legal holds",
    "news.tell": "People told something",
    "identity.connect": "Organisation’s sign-in connected",
    "identity.disconnect": "Organisation’s sign-in disconnected",
    "setup.finish": "Steps of setting up put away",
    "community.found": "The beginning",
    "passkey.add": "Passkeys added",
    "passkey.remove": "Passkeys removed",
    "people.link": "Sign-in links made",
    "people.mint": "Members made up for tests",
    "server.backup": "Backups made",
    "server.restore": "Backups put back",
    "server.key": "Another secret key",
  } satisfies Readonly<Record<What, string>>,
  about: (name: string) => `Only about ${name}`,
  everybody: "About everybody again",
  holds: (count: number) =>
    many(count, { one: "The one entry is as it was written.", other: "All # entries are as they were written." }),
  holdsNewest: (looked: number, count: number) =>
    `The newest ${num(looked)} of ${num(count)} entries are as they were written.`,
  checked: (ago: string) => `The server last went through all of them ${ago}.`,
  broken: (number: number) =>
    `Entry ${num(number)} is not as it was written. Ask whoever runs the server to run: hearth audit verify`,
};

export type Audit = typeof audit;
