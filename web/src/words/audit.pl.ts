import type { Admits, Role, Visibility } from "../contract.gen";
import type { Audit, Told } from "./audit.en";
import { counting } from "./counting";

const { many, num, list } = counting("pl");

const ROLES: Readonly<Record<Role, string>> = {
  member: "członek",
  moderator: "moderator",
  host: "prowadzący",
  keeper: "opiekun",
};
const SEEN_BY: Readonly<Record<Visibility, string>> = {
  community: "jest dla każdego członka",
  invited: "jest tylko dla wpuszczonych",
  team: "jest tylko dla zespołu",
};
const ADMITS: Readonly<Record<Admits, string>> = {
  adults: "dorośli",
  sixteen: "od 16 lat",
  young: "także młodsi",
};
const STATED: Readonly<Record<string, string>> = {
  name: "nazwa",
  purpose: "cel",
  values: "to, o co się wzajemnie prosicie",
  commitments: "to, co obiecują prowadzący",
  runs_it: "kto to prowadzi",
  contact: "jak się z nimi skontaktować",
  lead: "osoba do spraw obaw",
  lead_contact: "osoba do spraw obaw",
  standings: "jako kto się tu przychodzi",
  door: "słowa przy wejściu",
};

const inRoom = (room: string | null): string => (room === null ? "" : ` (pokój: ${room})`);
const role = (told: Told): string => ROLES[told.details["role"] as Role] ?? ROLES.member;

function roleWords(told: Told): string {
  const { person, room, details } = told;
  const what = `${role(told)}${inRoom(room)}`;
  if (details["answers"] === true) {
    return details["held"] === true ? `Zgoda na rolę: ${what}. Dla: ${person}` : `Odmowa roli: ${what}. Dla: ${person}`;
  }
  return details["held"] === true ? `Nadano rolę: ${what}. Komu: ${person}` : `Odebrano rolę: ${what}. Komu: ${person}`;
}

function changes({ room, details }: Told): string {
  const said = [
    details["renamed"] === true ? "nazwa albo cel" : null,
    SEEN_BY[details["visibility"] as Visibility] ?? null,
    details["hide_names"] === undefined
      ? null
      : details["hide_names"] === true
        ? "można ukryć imię"
        : "nie można ukryć imienia",
  ].filter((one) => one !== null);
  return `Zmieniono pokój: ${room ?? ""}${said.length === 0 ? "" : ` – ${list(said)}`}`;
}

function stated({ details }: Told): string {
  const admits = ADMITS[details["admits"] as Admits] as string | undefined;
  const fields = new Set(Object.keys(details).map((field) => STATED[field]));
  const said = [admits === undefined ? undefined : `kto może dołączyć (${admits})`, ...fields];
  const known = said.filter((one) => one !== undefined);
  return `Zmieniono to, co społeczność mówi o sobie${known.length === 0 ? "" : ` – ${list(known)}`}`;
}

function invitation(told: Told): string {
  const { room, details } = told;
  const kind = details["kind"] === "code" ? "kod" : "link";
  const staff = details["staff"] === true ? ", dla personelu" : "";
  return `Przygotowano zaproszenie (${kind}) do roli: ${role(told)}${inRoom(room)}${staff}`;
}

function keeping({ room, details }: Told): string {
  const days = details["days"];
  if (days === undefined) return `Słowa przechowuje się tak długo, jak w społeczności${inRoom(room)}`;
  const time = many(Number(days), { one: "# dzień", few: "# dni", many: "# dni", other: "# dnia" });
  return `Słowa przechowuje się teraz przez ${time}${inRoom(room)}`;
}

function hold({ room, details }: Told): string {
  const where = room === null ? " (cała społeczność)" : inRoom(room);
  return `${details["reason"] === undefined ? "Zakończono blokadę prawną" : "Rozpoczęto blokadę prawną"}${where}`;
}

/** Polish: what was done, for keepers. */
export const audit: Audit = {
  title: "Co zrobiono",
  help: "Wszystko, co opiekunowie, prowadzący, moderatorzy i administrator serwera zrobili z racji swojej roli. Jeśli ktoś później zmieni wpis, będzie to widać.",
  said: {
    "message.remove": ({ person, room }) =>
      `Usunięto wiadomość${person === null ? "" : `, której autorem jest: ${person}`}${inRoom(room)}`,
    "room.open": ({ room, details }) =>
      `Otwarto pokój: ${room ?? ""}; ${SEEN_BY[details["visibility"] as Visibility] ?? SEEN_BY.community}`,
    "room.change": changes,
    "room.close": ({ room, details }) =>
      details["closed"] === true ? `Zamknięto pokój: ${room ?? ""}` : `Otwarto znowu pokój: ${room ?? ""}`,
    "room.admit": ({ person, room, details }) =>
      details["admitted"] === true
        ? `Wpuszczono do pokoju ${room ?? ""}: ${person}`
        : `Już nie wpuszcza się do pokoju ${room ?? ""}: ${person}`,
    "roles.set": roleWords,
    "member.remove": ({ person }) => `Usunięto ze społeczności: ${person}`,
    "sessions.end": ({ person }) => `Wylogowano wszędzie: ${person}`,
    "invitation.make": invitation,
    "invitation.revoke": () => "Cofnięto zaproszenie",
    "community.change": stated,
    "keeping.set": keeping,
    "hold.set": hold,
    "news.tell": ({ room }) => `Powiadomiono o czymś${inRoom(room)}`,
    "identity.connect": ({ person }) => `Połączono logowanie organizacji: ${person}`,
    "identity.disconnect": ({ person }) => `Odłączono logowanie organizacji: ${person}`,
    "setup.finish": () => "Odłożono kroki zakładania",
    "community.found": () => "Społeczność powstała",
    "passkey.add": () => "Dodano klucz dostępu",
    "passkey.remove": () => "Usunięto klucz dostępu",
    "people.link": ({ person }) => `Przygotowano link, którym loguje się: ${person}`,
    "people.mint": ({ room, details }) =>
      `Utworzono na próbę: ${many(Number(details["count"] ?? 0), {
        one: "# członka",
        few: "# członków",
        many: "# członków",
        other: "# członka",
      })}${inRoom(room)}`,
    "server.backup": () => "Zrobiono kopię zapasową wszystkiego",
    "server.key": () => "Serwer ma inny tajny klucz: nikt nie sprawdzi tego, co zapisano wcześniej",
    "server.restore": () => "Przywrócono kopię zapasową: tego, co zrobiono po niej, już nie ma",
  },
  unknown: "Coś, czego ta wersja Hearth nie zna",
  someone: "ktoś, kogo już tu nie ma",
  operator: "Administrator serwera",
  organisation: "Logowanie organizacji",
  by: (name, when) => `${name} · ${when}`,
  findHelp: "Aby zobaczyć tylko to, co ta osoba zrobiła i co jej dotyczy",
  found: "Znalezione",
  none: "Nie zrobiono nic takiego.",
  kind: "Pokaż",
  all: "Wszystko",
  kinds: {
    "message.remove": "Usunięte wiadomości",
    "room.open": "Otwarte pokoje",
    "room.change": "Zmiany pokojów",
    "room.close": "Pokoje zamknięte albo znów otwarte",
    "room.admit": "Wpuszczanie do pokojów",
    "roles.set": "Role nadane i odebrane",
    "member.remove": "Usunięci członkowie",
    "sessions.end": "Wylogowani członkowie",
    "invitation.make": "Przygotowane zaproszenia",
    "invitation.revoke": "Cofnięte zaproszenia",
    "community.change": "Zmiany tego, co o sobie mówimy",
    "keeping.set": "Jak długo przechowuje się słowa",
    "hold.set": "Blokady prawne",
    "news.tell": "Powiadomienia",
    "identity.connect": "Połączone logowanie organizacji",
    "identity.disconnect": "Odłączone logowanie organizacji",
    "setup.finish": "Odłożone kroki zakładania",
    "community.found": "Początek",
    "passkey.add": "Dodane klucze dostępu",
    "passkey.remove": "Usunięte klucze dostępu",
    "people.link": "Linki do logowania",
    "people.mint": "Członkowie na próbę",
    "server.backup": "Kopie zapasowe",
    "server.restore": "Przywrócone kopie",
    "server.key": "Inny tajny klucz",
  },
  about: (name) => `Tylko o: ${name}`,
  everybody: "Znowu o wszystkich",
  holds: (count) =>
    many(count, {
      one: "Jedyny wpis jest taki, jak go zapisano.",
      few: "Wszystkie # wpisy są takie, jak je zapisano.",
      many: "Wszystkie # wpisów jest takich, jak je zapisano.",
      other: "Wszystkie # wpisu są takie, jak je zapisano.",
    }),
  holdsNewest: (looked, count) => `Najnowsze wpisy (${num(looked)} z ${num(count)}) są takie, jak je zapisano.`,
  checked: (ago) => `Serwer ostatnio sprawdził wszystkie: ${ago}.`,
  broken: (number) =>
    `Wpis ${num(number)} nie jest taki, jak go zapisano. Poproś administratora serwera o polecenie: hearth audit verify`,
};
