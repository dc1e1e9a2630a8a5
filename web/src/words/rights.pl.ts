import type { HoldReason, KeptKind } from "../contract.gen";
import { counting } from "./counting";
import { columns } from "./columns.pl";
import type { Rights } from "./rights.en";

const { many, num } = counting("pl");

const days = (n: number): string => many(n, { one: "# dzień", few: "# dni", many: "# dni", other: "# dnia" });
const messages = (n: number): string =>
  many(n, { one: "# wiadomość", few: "# wiadomości", many: "# wiadomości", other: "# wiadomości" });

const KINDS: Readonly<Record<KeptKind, string>> = {
  name: "Twoje imię i w jakiej roli tu przychodzisz",
  words: "to, co mówisz",
  old_words: "słowa zmienione lub cofnięte przez Ciebie",
  reactions: "znaki od Ciebie",
  named: "miejsca, w których inni Cię wymieniają",
  places: "dokąd masz przeczytane",
  roles: "Twoje role i co się z nimi działo",
  asked_roles: "role, które czekają na zgodę",
  let_in: "pokoje, do których masz wstęp",
  devices: "urządzenia, na których jesteś zalogowany(-a)",
  way_back: "Twoja droga powrotna",
  identity: "logowanie Twojej organizacji",
  passkeys: "Twoje klucze dostępu",
  sign_in_links: "linki zrobione dla Ciebie",
  invitations: "zaproszenia od Ciebie",
  holds: "blokady prawne założone przez Ciebie",
  reach: "Twój adres e-mail",
  quiet: "Twoje ciche godziny",
  involved: "jak bierzesz udział",
  mails: "co się stało z listami do Ciebie",
  news: "co powiedziano tylko Tobie",
  told: "o czym powiadamiasz innych",
  marks: "znaczniki tego, co wysłano",
  number: "Twój numer",
};

const COUNTED: Readonly<Record<KeptKind, (n: number) => string>> = {
  name: (n) =>
    many(n, {
      one: "Twoje imię i w jakiej roli tu przychodzisz",
      few: "Twoje imiona w # społecznościach",
      many: "Twoje imiona w # społecznościach",
      other: "Twoje imiona w # społeczności",
    }),
  words: messages,
  old_words: (n) =>
    many(n, {
      one: "# wiadomość w dawnej postaci",
      few: "# wiadomości w dawnej postaci",
      many: "# wiadomości w dawnej postaci",
      other: "# wiadomości w dawnej postaci",
    }),
  reactions: (n) =>
    many(n, {
      one: "# znak od Ciebie",
      few: "# znaki od Ciebie",
      many: "# znaków od Ciebie",
      other: "# znaku od Ciebie",
    }),
  named: (n) =>
    many(n, {
      one: "# wiadomość, która Cię wymienia",
      few: "# wiadomości, które Cię wymieniają",
      many: "# wiadomości, które Cię wymieniają",
      other: "# wiadomości, które Cię wymieniają",
    }),
  places: (n) =>
    many(n, {
      one: "dokąd masz przeczytane w # pokoju",
      few: "dokąd masz przeczytane w # pokojach",
      many: "dokąd masz przeczytane w # pokojach",
      other: "dokąd masz przeczytane w # pokoju",
    }),
  roles: (n) => many(n, { one: "# rola", few: "# role", many: "# ról", other: "# roli" }),
  asked_roles: (n) =>
    many(n, {
      one: "# rola, która czeka na zgodę",
      few: "# role, które czekają na zgodę",
      many: "# ról, które czekają na zgodę",
      other: "# roli, która czeka na zgodę",
    }),
  let_in: (n) =>
    many(n, {
      one: "# pokój, do którego masz wstęp",
      few: "# pokoje, do których masz wstęp",
      many: "# pokojów, do których masz wstęp",
      other: "# pokoju, do którego masz wstęp",
    }),
  devices: (n) =>
    many(n, {
      one: "# urządzenie, na którym jesteś zalogowany(-a)",
      few: "# urządzenia, na których jesteś zalogowany(-a)",
      many: "# urządzeń, na których jesteś zalogowany(-a)",
      other: "# urządzenia, na którym jesteś zalogowany(-a)",
    }),
  way_back: () => KINDS.way_back,
  identity: () => KINDS.identity,
  passkeys: (n) =>
    many(n, { one: "# klucz dostępu", few: "# klucze dostępu", many: "# kluczy dostępu", other: "# klucza dostępu" }),
  sign_in_links: (n) =>
    many(n, {
      one: "# link zrobiony dla Ciebie",
      few: "# linki zrobione dla Ciebie",
      many: "# linków zrobionych dla Ciebie",
      other: "# linku zrobionego dla Ciebie",
    }),
  invitations: (n) =>
    many(n, {
      one: "# zaproszenie od Ciebie",
      few: "# zaproszenia od Ciebie",
      many: "# zaproszeń od Ciebie",
      other: "# zaproszenia od Ciebie",
    }),
  holds: (n) =>
    many(n, {
      one: "# blokada prawna od Ciebie",
      few: "# blokady prawne od Ciebie",
      many: "# blokad prawnych od Ciebie",
      other: "# blokady prawnej od Ciebie",
    }),
  reach: () => KINDS.reach,
  quiet: () => KINDS.quiet,
  involved: () => KINDS.involved,
  mails: (n) =>
    many(n, {
      one: "los # listu do Ciebie",
      few: "los # listów do Ciebie",
      many: "los # listów do Ciebie",
      other: "los # listu do Ciebie",
    }),
  news: (n) =>
    many(n, {
      one: "# wiadomość tylko dla Ciebie",
      few: "# wiadomości tylko dla Ciebie",
      many: "# wiadomości tylko dla Ciebie",
      other: "# wiadomości tylko dla Ciebie",
    }),
  told: (n) =>
    many(n, {
      one: "# Twoje powiadomienie dla innych",
      few: "# Twoje powiadomienia dla innych",
      many: "# Twoich powiadomień dla innych",
      other: "# Twojego powiadomienia dla innych",
    }),
  marks: () => KINDS.marks,
  number: () => KINDS.number,
};

const REASONS: Readonly<Record<HoldReason, string>> = {
  safeguarding: "komuś może grozić niebezpieczeństwo",
  complaint: "skarga",
  investigation: "coś jest wyjaśniane",
  court: "prosi o to sąd lub urząd",
};

/** Polish: what is kept of a person. */
export const rights: Rights = {
  kept: {
    title: "Co o Tobie przechowujemy",
    help: "W liczbach. Nikt inny nie widzi tej strony. Jeśli należysz do zespołu, Twoje działania zostają w jego zapisie z numerem zamiast imienia.",
    kinds: KINDS,
    counted: COUNTED,
    inRooms: (n) => many(n, { one: "w # pokoju", few: "w # pokojach", many: "w # pokojach", other: "w # pokoju" }),
    hold: (where, reason) => `Na razie nie wolno wymazać niczego, co powiedziano tutaj: ${where}. Powód: ${reason}.`,
    everywhere: "ta społeczność",
    someRoom: "jeden z pokoi",
    reasons: REASONS,
    file: "Pobierz wszystko jako plik",
    page: "Pobierz jako stronę do czytania",
    sharedAsk: "Z tego urządzenia korzystają też inni",
    sharedHelp: "Plik zostanie tu po Twoim wyjściu. Pobierz go tylko wtedy, gdy go zabierzesz albo potem usuniesz.",
    sharedYes: "Pobierz tutaj",
    no: "Nie teraz",
    got: "Plik jest w pobranych.",
    getting: "Pobieranie…",
  },

  file: {
    about: (when) => [
      `Oto, co przechowywano o Tobie ${when}.`,
      "Nie ma tu słów innych osób: te należą do nich.",
      "Nie ma tu zapisu działań zespołu. Jest w nim Twój numer, a nie imię: tam, gdzie coś zrobiono dla zespołu albo zespół zrobił coś w Twojej sprawie.",
    ],
    forPrograms: [
      "Każda część to lista. Czas podano w milisekundach od 1970 roku.",
      "Pokoje mają numery; lista „rooms” mówi, jak się nazywają.",
    ],
    columns,
    yes: "tak",
    no: "nie",
    title: "Co o Tobie przechowujemy",
    rooms: "Pokoje",
    none: "Nic.",
  },

  erase: {
    title: "Wymaż wszystko o sobie",
    intro: "Twoje imię, słowa i wszystko, co o Tobie przechowujemy, zniknie na dobre.",
    open: "Wymaż mnie",
    ask: "Wymazać wszystko o Tobie?",
    goes: "Co zniknie w kilka sekund",
    stays: "Co zostanie",
    staysAnswers: "To, co mówią inni, także w odpowiedzi Tobie. Jeśli jest tam Twoje imię, zostanie w ich słowach.",
    staysPlaces: "Pusty wiersz tam, gdzie były Twoje słowa. Nie mówi, czyje były.",
    staysActs: "Zapis działań zespołu. Jest w nim numer zamiast Twojego imienia.",
    staysBackups: "Kopie na wypadek awarii, najwyżej przez 35 dni. Nikt ich nie czyta.",
    staysHold: "Słowa w pokoju z blokadą prawną. Nikt ich tu nie przeczyta; gdy blokada się skończy, znikną.",
    out: "Zostaniesz wylogowany(-a) wszędzie i nie wrócisz jako ta sama osoba.",
    tick: "Wiem, że tego nie da się cofnąć",
    yes: "Wymaż mnie teraz",
    no: "Zostaw wszystko",
    doing: "Wymazywanie…",
  },

  receipt: {
    title: "Wymazano Cię",
    soon: "Nikt nie może już przeczytać niczego Twojego. Ostatnie części są właśnie wymazywane.",
    done: (when) => `Wszystko wymazano ${when}.`,
    sealed: "Nikt tu nie przeczyta niczego Twojego. Blokada prawna zatrzymuje część słów; gdy się skończy, znikną.",
    number: "Potwierdzenie",
    asked: "Data prośby",
    wiped: "Zniknie z dysku do",
    backups: "Zniknie ze wszystkich kopii do",
    what: "Co wymazano",
    nothing: "Niczego nie przechowywano.",
    keep: (day) => `Wydrukuj to albo zachowaj adres tej strony. Możesz tu zaglądać do ${day}.`,
    print: "Drukuj",
    home: "Na początek",
    unknown: "Nie ma takiego potwierdzenia albo jego czas minął.",
    looking: "Szukamy Twojego potwierdzenia…",
  },

  keeping: {
    help: "Starsze słowa znikają same. Razem z nimi znikają imiona i znaki.",
    community: "Cała społeczność",
    days: (n) => (n === 0 ? "Słowa są przechowywane bez końca" : `Słowa są przechowywane przez ${days(n)}`),
    asCommunity: "tak jak cała społeczność",
    own: "własny czas",
    due: (n) => `w ciągu godziny zniknie: ${messages(n)}`,
    change: "Zmień",
    changeOf: (where) => `Zmień, jak długo przechowywane są słowa: ${where}`,
    title: (where) => `Jak długo przechowywać słowa? ${where}`,
    field: "Dni",
    fieldHelp: (least, most) => `Liczba od ${num(least)} do ${num(most)}.`,
    fieldHelpRoom: (least, most) => `Liczba od ${num(least)} do ${num(most)}. Puste pole: tak jak cała społeczność.`,
    wouldGo: (n, of) => `W ciągu godziny znikną słowa starsze niż ${days(of)}: ${messages(n)}.`,
    wouldNotGo: (of) => `Nie ma teraz słów starszych niż ${days(of)}. Na razie nic nie zniknie.`,
    save: "Zapisz",
    held: (reason, day) => `od ${day} nic nie znika: ${reason}`,
    hold: "Blokada prawna",
    holdOf: (where) => `Załóż blokadę prawną: ${where}`,
    holdTitle: (where) => `Zatrzymać na razie wszystko? ${where}`,
    holdHelp:
      "Póki trwa blokada prawna, nie znikają tu żadne słowa, choćby najstarsze. Jeśli ktoś się wymaże, jego słowa od razu są ukryte przed wszystkimi, a znikną po końcu blokady. Osoby, które tu pisały, widzą tę informację.",
    reason: "Dlaczego",
    reasons: REASONS,
    begin: "Załóż blokadę",
    end: "Zdejmij blokadę",
    endOf: (where) => `Zdejmij blokadę prawną: ${where}`,
    endAsk: (where) => `Zdjąć blokadę prawną? ${where}`,
    endHelp: "To, co za stare, i to, o czego wymazanie ktoś prosił, zniknie wtedy na dobre.",
  },
};
