import type { Role } from "../contract.gen";
import { counting } from "./counting";
import type { Pages } from "./pages.en";

const { many, num } = counting("pl");

const A_ROLE: Record<Role, string> = {
  member: "członek",
  moderator: "moderator",
  host: "prowadzący",
  keeper: "opiekun",
};
const inRoom = (role: Role, room: string | null): string =>
  room === null ? A_ROLE[role] : `${A_ROLE[role]}, pokój: ${room}`;

const days = { one: "# dzień", few: "# dni", many: "# dni", other: "# dnia" };
const newOnes = {
  one: "# nowa wiadomość",
  few: "# nowe wiadomości",
  many: "# nowych wiadomości",
  other: "# nowej wiadomości",
};

/** Polish, all of the landing page, the door, a community's home and "me". */
export const pages: Pages = {
  landing: {
    title: "Miejsce do rozmowy, w życzliwości",
    what: "Hearth to miejsce, w którym pacjenci, opiekunowie i personel rozmawiają ze sobą i w którym słowa do czegoś prowadzą.",
    how: "Wchodzi się przez zaproszenie: link, który ktoś przysłał, albo sześć liter przeczytanych na głos lub pokazanych na ekranie.",
    unclaimed: "Ten serwer czeka na pierwszego opiekuna. Otwórz link, który wyświetlił się przy uruchomieniu.",
    yours: "Twoje społeczności",
  },

  code: {
    ask: "Masz kod?",
    help: "Sześć liter. Wielkość liter nie ma znaczenia.",
    label: "Twój kod",
    go: "Wejdź",
    short: "Kod ma sześć liter. Prosimy sprawdzić jeszcze raz.",
  },

  join: {
    invites: "{name} zaprasza Cię: {place}.",
    ask: "Jak mamy Cię nazywać?",
    askHelp: "Imię, może być wymyślone.",
    come: "Jestem tu jako",
    ratherNot: "nie chcę mówić",
    staffAs: "Wchodzisz jako personel. Inni widzą to obok Twojego imienia.",
    sees: "Kto widzi, co piszesz:",
    seesWho: (n) =>
      n < 5
        ? "członkowie."
        : many(n, { one: "# członek.", few: "# członkowie.", many: "# członków.", other: "# członka." }),
    kept: (n) => `Przechowujemy to ${many(n, days)}.`,
    limit: "Jeśli ktoś jest w niebezpieczeństwie, możemy musieć powiedzieć innym.",
    notFor: "To nie porada lekarska i nie na nagłe wypadki.",
    runs: "Prowadzi: {who}. Kontakt: {contact}",
    values: "O co się wzajemnie prosimy",
    admits: {
      adults: "Dla dorosłych (od 18 lat).",
      sixteen: "Dla osób od 16 lat.",
      young: "Dla młodzieży. Wszystko najpierw czyta ktoś dorosły.",
    },
    shared: "To urządzenie jest wspólne",
    joinIn: "Dołączam",
    justListen: "Tylko słucham",
    yes: "„Dołączam” to zgoda na to, o co prosimy.",
    nameMissing: "Najpierw podaj nam imię. Może być dowolne.",
    asRole: (role, room) => `Zaproszenie do roli: ${inRoom(role, room)}. Do czasu zgody opiekuna jesteś członkiem.`,
    looking: "Sprawdzamy Twoje zaproszenie…",
    again: "Już tu należysz. Chwileczkę…",
    notIn: "Tędy nie można wejść",
    tryCode: "Wpisz zamiast tego kod",
    picture: "Ludzie siedzą w kręgu wokół małego ognia; jedno miejsce czeka na Ciebie",
  },

  signIn: {
    title: "Wejdź jeszcze raz",
    help: "Ten link działa raz. Naciśnij przycisk na urządzeniu, którego chcesz używać.",
    go: "Zaloguj tutaj",
  },

  claim: {
    title: "Zacznij swoją społeczność",
    intro: "Będziesz pierwszym opiekunem. Wszystko, oprócz adresu, można później zmienić.",
    yourName: "Twoje imię tutaj",
    yourNameHelp: "Tak zobaczą Cię członkowie.",
    communityName: "Jak nazywa się społeczność?",
    slug: "Jej adres",
    slugHelp: "Małe litery bez ogonków, cyfry i łączniki.",
    purpose: "Po co się spotykacie?",
    purposeHelp: "Jedno zdanie, które każdy zrozumie.",
    values: "O co się wzajemnie prosicie?",
    valuesHelp: "Po jednym w wierszu; wystarczą trzy lub cztery.",
    valuesStart: [
      "Mów o tym, co sam(-a) przeżyłeś(-aś).",
      "Nie podawaj imion ani danych innych osób.",
      "Spieraj się ze sprawą, nie z człowiekiem.",
    ],
    runsIt: "Kto ją prowadzi?",
    runsItHelp: "Zespół albo organizacja.",
    contact: "Jak się z nimi skontaktować?",
    contactHelp: "Telefon, adres e-mail albo punkt informacji.",
    go: "Zacznij",
    missing: "Prosimy to wypełnić.",
    tooManyValues: (n) =>
      `Najwyżej ${many(n, { one: "# wiersz", few: "# wiersze", many: "# wierszy", other: "# wiersza" })}.`,
  },

  home: {
    morning: (name) => `Dzień dobry, ${name}`,
    afternoon: (name) => `Dzień dobry, ${name}`,
    evening: (name) => `Dobry wieczór, ${name}`,
    now: "Dzieje się teraz",
    nowHere: (n) =>
      many(n, { one: "Jest tu # osoba.", few: "Są tu # osoby.", many: "Jest tu # osób.", other: "Jest tu # osoby." }),
    lastWords: (ago) => `Ostatnie słowa: ${ago}.`,
    goIn: "Wejdź",
    since: "Od Twojej ostatniej wizyty",
    sinceWhen: (ago) => `Ostatnia wizyta: ${ago}.`,
    newIn: (n) => many(n, newOnes),
    inRoom: "{count}: {room}",
    namesYou: (n) =>
      many(n, {
        one: "# z nich wymienia Ciebie",
        few: "# z nich wymieniają Ciebie",
        many: "# z nich wymienia Ciebie",
        other: "# z nich wymienia Ciebie",
      }),
    nothingNew: "Od tego czasu nic nowego. Wszystko przeczytane.",
    rooms: "Pokoje",
    noRooms: "Nie ma jeszcze żadnego pokoju.",
    noRoomsHost: "Nie ma jeszcze żadnego pokoju. Otwórz pierwszy.",
    openRoom: "Otwórz pokój",
    unread: (n) => `nieprzeczytane: ${num(n)}`,
    hereNow: (n) =>
      many(n, { one: "teraz # osoba", few: "teraz # osoby", many: "teraz # osób", other: "teraz # osoby" }),
    quietNow: "Nikogo tu teraz nie ma",
    closed: "Zamknięty, można czytać",
    invited: "Dla wpuszczonych",
    team: "Dla zespołu",
    statement: "O co się wzajemnie prosimy",
    about: "O tej społeczności",
    commitments: "Czego razem chcemy",
    runs: "Prowadzi",
    reach: "Jak się skontaktować",
    lead: "Jeśli martwisz się o kogoś",
    keptDays: (n) => `Wiadomości przechowujemy ${many(n, days)}.`,
    notFor: "To nie jest porada lekarska i nie na nagłe wypadki.",
    keepers: "Dla opiekunów",
    keepersHelp: "Członkowie, zaproszenia, pokoje i to, co społeczność o sobie mówi.",
    hosts: "Dla prowadzących",
    hostsHelp: "Otwieraj pokoje i mów, kto może w nich być.",
    asked: (role, room) => `Jeśli opiekun się zgodzi, dostaniesz rolę: ${inRoom(role, room)}.`,
    oneRoom: "jeden z pokojów",
    second: {
      title: "Nie ma tu innego opiekuna",
      help: "Jeśli stracisz dostęp, nikt inny nie zaopiekuje się tym miejscem. Poproś kogoś, komu ufasz, o wspólną opiekę.",
      go: "Przygotuj link dla drugiego opiekuna",
      again: "Przygotuj kolejny link",
      made: "Link jest gotowy. Wyślij go tej osobie. Kiedy wejdzie, poprosimy o Twoją zgodę.",
      label: "Drugi opiekun",
    },
    waiting: {
      title: "Czekają na Twoją zgodę",
      help: "Weszli przez link od któregoś z opiekunów. Zanim się zgodzisz, zadzwoń do osoby, dla której był, i zapytaj, czy to ona.",
      news: (n) =>
        many(n, {
          one: "# osoba czeka na Twoją zgodę.",
          few: "# osoby czekają na Twoją zgodę.",
          many: "# osób czeka na Twoją zgodę.",
          other: "# osoby czeka na Twoją zgodę.",
        }),
      came: (as, ago) => `rola: ${as} · wejście ${ago}`,
      link: (maker, label) => (label === "" ? `link od: ${maker}` : `link od: ${maker}, ${label}`),
      as: (role, room) => inRoom(role, room),
      yes: "Tak",
      yesTo: (name, as) => `Tak, ${name} dostaje rolę: ${as}`,
      ask: (name, as) => `Czy ${name} ma dostać rolę: ${as}?`,
      askHelp: "Zgódź się tylko, jeśli to na pewno ta osoba.",
      askNo: (name) => `Odmówić? ${name} czeka na rolę.`,
      askNoHelp: "Ta osoba zostaje członkiem. Linku nie można użyć ponownie.",
      sayNo: "Odmów",
      late: "Ktoś już odpowiedział albo tej osoby już tu nie ma.",
      andStaff: (as) => `${as}, personel`,
      no: "Nie",
      noTo: (name, as) => `Nie, ${name} nie dostaje roli: ${as}`,
      saidYes: (name, as) => `${name} ma teraz rolę: ${as}.`,
      saidNo: (name) => `Dla ${name} nic się nie zmienia.`,
    },
    listening: "Słuchasz. Żeby pisać, wejdź do pokoju i naciśnij „Dołącz do rozmowy”.",
    reading: "Pomoc w czytaniu",
    old: "To stan sprzed chwili: serwer jest teraz nieosiągalny.",
    gone: "Tej społeczności tu nie ma",
    goneHelp: "Może mieć inny adres albo nie jesteś jej członkiem.",
  },

  me: {
    title: "Ty",
    here: (community) => `W społeczności ${community}`,
    name: "Imię, którego tu używasz",
    nameHelp: "To, co już napisano, zostaje pod imieniem z tamtej chwili.",
    come: "Jestem tu jako",
    shows: "Pokaż to obok mojego imienia",
    showsStaff: "Inni zawsze widzą, że należysz do personelu.",
    save: "Zapisz",
    saved: "Zapisano.",
    devices: "Gdzie jesteś zalogowany(-a)",
    thisDevice: "To urządzenie",
    otherDevice: "Inne urządzenie",
    sharedDevice: "urządzenie wspólne",
    since: (day) => `od: ${day}`,
    lastSeen: (ago) => `ostatnio: ${ago}`,
    end: "Wyloguj je",
    endLabel: (day) => `Wyloguj je: używane od ${day}`,
    signOut: "Wyloguj tutaj",
    signOutAsk: "Wylogować się na tym urządzeniu?",
    signOutHelp: "Twoje słowa zostaną. Żeby wrócić, otwórz znowu swój link albo poproś opiekuna o nowy.",
    signOutDo: "Wyloguj",
    stay: "Zostań",
    leave: "Odejdź ze społeczności",
    leaveAsk: (community) => `Odejść: ${community}?`,
    leaveHelp: "Nie będziesz już członkiem i wylogujemy Cię. To, co napisano, zostaje pod używanym imieniem.",
    leaveFirst:
      "Po odejściu nie pobierzesz ani nie usuniesz już tego, co o Tobie przechowujemy. Jeśli chcesz, zrób to najpierw.",
    leaveGet: "Pobierz to, co przechowujemy",
    leaveErase: "Usuń moje dane",
    leaveDo: "Odejdź",
  },
};
