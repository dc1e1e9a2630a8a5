import type { Role } from "../contract.gen";

const A_ROLE: Record<Role, string> = {
  member: "a member",
  moderator: "a moderator",
  host: "a host",
  keeper: "a keeper",
};

/** English: coming in by the sign-in of an organisation. */
export const organisation = {
  again: "Sign in again",
  notYou: "Not you? Start again",
  vouches: "{name} has signed you in. Now choose how people see you here.",
  asRole: (role: Role) => `You come in as ${A_ROLE[role]}.`,
  looking: "One moment…",
  toMe: "Go to your page",

  title: (name: string) => `Sign-in by ${name}`,
  connected: (name: string) => `You can come in here on any device by signing in at ${name}.`,
  notConnected: (name: string) => `Connect your sign-in at ${name}, and you can come in by it on any device.`,
  connect: (name: string) => `Connect ${name}`,
  disconnect: "Disconnect",
  disconnectAsk: (name: string) => `Disconnect ${name}?`,
  disconnectHelp: "You can’t come in by it any more. If you are on the team because of it, that ends too.",
  disconnectDo: "Yes, disconnect",
  keep: "Keep it",
  disconnected: "It is disconnected.",
};

export type Organisation = typeof organisation;
