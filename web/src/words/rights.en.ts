import type { HoldReason, KeptKind } from "../contract.gen";
import { counting } from "./counting";
import { columns } from "./columns.en";

const { many, num } = counting("en-GB");

const days = (n: number): string => many(n, { one: "# day", other: "# days" });
const messages = (n: number): string => many(n, { one: "# message", other: "# messages" });

const KINDS: Readonly<Record<KeptKind, string>> = {
  name: "your name and how you come here",
  words: "what you said",
  old_words: "words that you changed or took back",
  reactions: "signs that you gave",
  named: "where others named you",
  places: "how far you have read",
  roles: "your roles, and what happened to them",
  asked_roles: "roles that wait for a yes",
  let_in: "rooms you were let into",
  devices: "devices where you are signed in",
  way_back: "your way back",
  identity: "your organisation’s sign-in",
  passkeys: "your passkeys",
  sign_in_links: "links made for you",
  invitations: "invitations that you made",
  holds: "legal holds that you set",
  reach: "your mail address",
  quiet: "your quiet hours",
  involved: "how you take part",
  mails: "what became of mails to you",
  news: "what was told to you alone",
  told: "what you told people",
  marks: "marks of what was sent",
  number: "your number",
};

const COUNTED: Readonly<Record<KeptKind, (n: number) => string>> = {
  name: (n) => many(n, { one: "your name, and how you come here", other: "your names in # communities" }),
  words: messages,
  old_words: (n) => many(n, { one: "# message as it was before", other: "# messages as they were before" }),
  reactions: (n) => many(n, { one: "# sign that you gave", other: "# signs that you gave" }),
  named: (n) => many(n, { one: "# message that names you", other: "# messages that name you" }),
  places: (n) => many(n, { one: "how far you have read in # room", other: "how far you have read in # rooms" }),
  roles: (n) => many(n, { one: "# role", other: "# roles" }),
  asked_roles: (n) => many(n, { one: "# role that waits for a yes", other: "# roles that wait for a yes" }),
  let_in: (n) => many(n, { one: "# room you were let into", other: "# rooms you were let into" }),
  devices: (n) => many(n, { one: "# device where you are signed in", other: "# devices where you are signed in" }),
  way_back: () => KINDS.way_back,
  identity: () => KINDS.identity,
  passkeys: (n) => many(n, { one: "# passkey", other: "# passkeys" }),
  sign_in_links: (n) => many(n, { one: "# link made for you", other: "# links made for you" }),
  invitations: (n) => many(n, { one: "# invitation that you made", other: "# invitations that you made" }),
  holds: (n) => many(n, { one: "# legal hold that you set", other: "# legal holds that you set" }),
  reach: () => KINDS.reach,
  quiet: () => KINDS.quiet,
  involved: () => KINDS.involved,
  mails: (n) => many(n, { one: "what became of # mail to you", other: "what became of # mails to you" }),
  news: (n) => many(n, { one: "# thing told to you alone", other: "# things told to you alone" }),
  told: (n) => many(n, { one: "# thing that you told people", other: "# things that you told people" }),
  marks: () => KINDS.marks,
  number: () => KINDS.number,
};

const REASONS: Readonly<Record<HoldReason, string>> = {
  safeguarding: "someone may be in danger",
  complaint: "a complaint",
  investigation: "something is being looked into",
  court: "a court or an authority asks for it",
};

/** English: what is kept of a person, taking it along, erasing it; how long words are kept, and holds. */
export const rights = {
  kept: {
    title: "What we keep about you",
    help: "In numbers. Nobody else can see this page. If you are of the team, what you did stays in the record of the team’s acts, with a number instead of your name.",
    kinds: KINDS,
    counted: COUNTED,
    inRooms: (n: number) => many(n, { one: "in # room", other: "in # rooms" }),
    hold: (where: string, reason: string) =>
      `For now nothing that was said in ${where} may be erased. The reason: ${reason}.`,
    everywhere: "this community",
    someRoom: "a room",
    reasons: REASONS,
    file: "Get all of it as a file",
    page: "Get it as a page to read",
    sharedAsk: "Others use this device too",
    sharedHelp: "The file stays here when you have gone. Get it only if you take it away, or delete it afterwards.",
    sharedYes: "Get it here",
    no: "Not now",
    got: "It is in your downloads.",
    getting: "Getting it…",
  },

  file: {
    about: (when: string) => [
      `This is what was kept about you on ${when}.`,
      "What others said is not in it: that is theirs.",
      "The record of the team’s acts is not in it. It has your number, not your name, where you did something for the team, or the team did something about you.",
    ],
    forPrograms: [
      "Each part is a list. Times are milliseconds since 1970.",
      "Rooms are named by their numbers; the list “rooms” says what they are called.",
    ],
    columns,
    yes: "yes",
    no: "no",
    title: "What is kept about you",
    rooms: "Rooms",
    none: "Nothing.",
  },

  erase: {
    title: "Erase everything about you",
    intro: "Your name, your words and all that we keep about you go for good.",
    open: "Erase me",
    ask: "Erase everything about you?",
    goes: "What goes, within seconds",
    stays: "What stays",
    staysAnswers: "What others said, also in answer to you. If they wrote your name, it stays in their words.",
    staysPlaces: "An empty line where your words were. It doesn’t say whose they were.",
    staysActs: "The record of what the team did. It has a number for you, and not your name.",
    staysBackups: "Copies for emergencies, for 35 days at most. Nobody reads them.",
    staysHold: "Words in a room under a legal hold. Nobody here can read them, and they are erased when it ends.",
    out: "You are signed out everywhere, and can’t come back as the same person.",
    tick: "I know that this can’t be undone",
    yes: "Erase me now",
    no: "Keep everything",
    doing: "Erasing…",
  },

  receipt: {
    title: "You are erased",
    soon: "Nobody can read anything of yours any more. The last of it is being erased now.",
    done: (when: string) => `Everything was erased on ${when}.`,
    sealed:
      "Nobody here can read anything of yours. A legal hold keeps some words until it ends; then they are erased.",
    number: "Receipt",
    asked: "Asked for",
    wiped: "Gone from the disk by",
    backups: "Gone from all our backups by",
    what: "What was erased",
    nothing: "Nothing was kept.",
    keep: (day: string) => `Print this, or keep this page’s address. You can look at it until ${day}.`,
    print: "Print",
    home: "Go to the start",
    unknown: "There is no such receipt, or its time is over.",
    looking: "Looking for your receipt…",
  },

  keeping: {
    help: "Older words are erased by themselves. Names and signs go with them.",
    community: "The whole community",
    days: (n: number) => (n === 0 ? "Words are kept with no end" : `Words are kept for ${days(n)}`),
    asCommunity: "as the whole community",
    own: "a time of its own",
    due: (n: number) => `${messages(n)} will go within the hour`,
    change: "Change",
    changeOf: (where: string) => `Change how long words are kept: ${where}`,
    title: (where: string) => `How long are words kept? ${where}`,
    field: "Days",
    fieldHelp: (least: number, most: number) => `A number from ${num(least)} to ${num(most)}.`,
    fieldHelpRoom: (least: number, most: number) =>
      `A number from ${num(least)} to ${num(most)}. Leave it empty to do as the whole community does.`,
    wouldGo: (n: number, of: number) => `Words older than ${days(of)} go within the hour: ${messages(n)}.`,
    wouldNotGo: (of: number) => `No words are older than ${days(of)} now. Nothing goes yet.`,
    save: "Save",
    held: (reason: string, day: string) => `nothing is erased since ${day}: ${reason}`,
    hold: "Legal hold",
    holdOf: (where: string) => `Begin a legal hold: ${where}`,
    holdTitle: (where: string) => `Keep everything for now? ${where}`,
    holdHelp:
      "While a legal hold stands, no words are erased here, however old. If someone erases themselves, their words are hidden from all at once, and erased when the hold ends. People who spoke here are told.",
    reason: "Why",
    reasons: REASONS,
    begin: "Begin the hold",
    end: "End the hold",
    endOf: (where: string) => `End the legal hold: ${where}`,
    endAsk: (where: string) => `End the legal hold? ${where}`,
    endHelp: "What is too old, and what people have asked to have erased, then goes for good.",
  },
};

export type Rights = typeof rights;
