import type { Role } from "../contract.gen";
import type { Organisation } from "./organisation.en";

const A_ROLE: Record<Role, string> = {
  member: "członek",
  moderator: "moderator",
  host: "prowadzący",
  keeper: "opiekun",
};

/** Polish: coming in by the sign-in of an organisation. */
export const organisation: Organisation = {
  again: "Zaloguj się jeszcze raz",
  notYou: "To nie Ty? Zacznij od nowa",
  vouches: "{name}: logowanie się udało. Teraz wybierz, jak mają Cię tu widzieć.",
  asRole: (role) => `Twoja rola: ${A_ROLE[role]}.`,
  looking: "Chwileczkę…",
  toMe: "Przejdź na swoją stronę",

  title: (name) => `Logowanie: ${name}`,
  connected: (name) => `Możesz tu wejść na każdym urządzeniu, logując się tak: ${name}.`,
  notConnected: (name) => `Połącz swoje logowanie (${name}), a wejdziesz nim na każdym urządzeniu.`,
  connect: (name) => `Połącz: ${name}`,
  disconnect: "Odłącz",
  disconnectAsk: (name) => `Odłączyć: ${name}?`,
  disconnectHelp: "Nie wejdziesz już przez nie. Jeśli dzięki niemu należysz do zespołu, to też się skończy.",
  disconnectDo: "Tak, odłącz",
  keep: "Zostaw",
  disconnected: "Logowanie jest odłączone.",
};
