import type { Role } from "../contract.gen";

const NEEDED: Readonly<Record<Role, string>> = {
  member: "Add a passkey.",
  moderator: "Add a passkey to be a moderator here.",
  host: "Add a passkey to be a host here.",
  keeper: "Add a passkey to be a keeper here.",
};

/** English: passkeys, with which the team shows who it is. */
export const passkeys = {
  title: "Your passkeys",
  what: "A passkey is your finger, your face or the PIN of your device. It lets you in, and nobody can find it out.",
  where: "Add one on a device of your own, or on a key you carry. Not on a computer that others use too.",
  second: "Add a second one on another device. You can still come in if you lose this one.",
  none: "You have none yet.",
  add: "Add a passkey",
  added: "Your passkey is added.",
  made: (day: string) => `added ${day}`,
  used: (ago: string) => `last used ${ago}`,
  unused: "not used yet",
  one: "Passkey",
  remove: "Remove",
  removeLabel: (day: string) => `Remove the passkey added ${day}`,
  removeAsk: "Remove this passkey?",
  removeHelp: "You can’t come in with it any more. Your other devices stay signed in.",
  removeLast: "It is your only one. Your role on the team stops until you add another.",
  removed: "The passkey is removed.",
  needed: (role: Role) => NEEDED[role],
  neededHelp: "Until then you can do here what every member can.",
  toAdd: "Add a passkey",

  signIn: "Sign in with your passkey",
  stopped: "It was stopped. Please try again, and say yes when your device asks.",
  already: "This device has a passkey for you already.",
  cannot: "This browser can’t use passkeys. Please try a newer one, or another device.",

  noneYet: "no passkey yet",
  endOthers: "Sign out everywhere else",
  othersEnded: "You are signed out everywhere else.",
};

export type Passkeys = typeof passkeys;
