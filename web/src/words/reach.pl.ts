import type { Involvement, Matter, NewsKind } from "../contract.gen";
import { counting } from "./counting";
import type { ReachWords } from "./reach.en";

const { many } = counting("pl");

const same = (n: number, words: string): string =>
  many(n, { one: `# ${words}`, few: `# ${words}`, many: `# ${words}`, other: `# ${words}` });

const MATTERS: Readonly<Record<Matter, string>> = {
  next_talk: "Następna rozmowa",
  my_words: "Moje słowa",
  changes: "Co się zmieniło",
};

const MATTER_HELP: Readonly<Record<Matter, string>> = {
  next_talk: "List, kiedy zbliża się rozmowa.",
  my_words: "List, kiedy zespół coś robi z tym, co jest Twoje.",
  changes: "List, kiedy społeczność mówi o sobie coś nowego.",
};

const NEWS: Readonly<Record<NewsKind, string>> = {
  coming: "Zbliża się rozmowa",
  ideas: "Czekamy na Twoje pomysły",
  speak: "Szukamy kogoś, kto powie coś w naszym imieniu",
  stated: "Społeczność mówi o sobie coś nowego",
  taken_out: "Zespół usunął coś, co jest Twoje",
};

const SWITCHES: Readonly<Record<keyof Involvement, string>> = {
  communicate: "Rozmowy",
  improve: "Ulepszanie",
  share: "Dzielenie się",
  inspire: "Inspirowanie",
};

const SWITCH_HELP: Readonly<Record<keyof Involvement, string>> = {
  communicate: "Powiedzcie mi, kiedy zbliża się rozmowa.",
  improve: "Pytajcie mnie o pomysły, głosy i próby.",
  share: "Możecie zapytać, czy użyć moich słów w opowieści. Wyłączone: nikt nie pyta ani nie cytuje.",
  inspire: "Pytajcie, czy powiem coś w naszym imieniu.",
};

const COUNTED: Readonly<Record<string, string>> = {
  confirm: "czy to Twój adres",
  coming: "zbliża się rozmowa",
  stated: "coś się zmieniło",
  taken_out: "o czymś, co napisano",
};

const STATES: Readonly<Record<string, (n: number) => string>> = {
  waiting: (n) => same(n, "w kolejce"),
  sending: (n) => same(n, "w trakcie wysyłania"),
  sent: (n) => same(n, "wysłane"),
  failed: (n) => same(n, "nie do doręczenia"),
  dropped: (n) => same(n, "już niechciane"),
  unsure: (n) => same(n, "nie wiadomo, czy wyszły"),
};

/** Polish: being reached by mail, quiet hours, how one takes part, and telling people. */
export const reach: ReachWords = {
  title: "Jak możemy do Ciebie dotrzeć",
  help: "Tylko w sprawach, które zaznaczysz. Nikt z zespołu nie widzi Twojego adresu.",
  off: "Poczta nie jest tu ustawiona, więc nic nie można wysłać. Nowości są na stronie społeczności.",
  address: "Twój adres e-mail",
  matters: "Piszcie do mnie o",
  matter: MATTERS,
  matterHelp: MATTER_HELP,
  tickOne: "Najpierw zaznacz choć jedną rzecz.",
  save: "Zapisz",
  saved: "Zapisano.",
  asked: "Wysłaliśmy do Ciebie list. Otwórz link i naciśnij przycisk. To wszystko.",
  waiting: (address) => `Czekamy na „tak” z adresu ${address}. Link w liście działa dwa dni.`,
  have: (address) => `Możemy pisać na adres ${address}.`,
  failed: (address) => `Nie udało się dotrzeć na adres ${address}. Podaj inny adres.`,
  another: "Inny adres",
  remove: "Usuń mój adres",
  removed: "Twojego adresu już nie ma.",
  cancel: "Zostaw, jak jest",
  offer: "Zostaw adres e-mail",

  quiet: "Ciche godziny",
  quietHelp: "W tym czasie nie przyjdzie do Ciebie żaden list.",
  from: "Od",
  to: "Do",
  zone: (zone) => `W strefie czasowej ${zone}`,

  confirmTitle: "Czy to Twój adres?",
  confirmHelp: "Naciśnij przycisk, a będziemy pisać o tym, co zaznaczono.",
  confirmDo: "Tak, to mój adres",
  confirmed: "Dziękujemy. Teraz możemy do Ciebie pisać.",
  stopTitle: "Zatrzymać wszystkie listy?",
  stopHelp: "Naciśnij przycisk, a zapomnimy Twój adres. Żaden list już nie przyjdzie.",
  stopDo: "Zatrzymaj wszystkie listy",
  stopped: "Gotowe. Więcej listów nie będzie.",
  goOn: "Idź do społeczności",

  involved: "Jak bierzesz udział",
  involvedHelp: "Włącz lub wyłącz każdą rzecz, kiedy chcesz.",
  switches: SWITCHES,
  switchHelp: SWITCH_HELP,

  news: "Wiadomości dla Ciebie",
  newsKind: NEWS,
  putAway: "Odłóż",
  putAwayOf: (what) => `Odłóż: ${what}`,
  openRoom: (room) => `Otwórz: ${room}`,

  tell: "Powiadom ludzi",
  tellHelp: "Jedna linijka do wszystkich, którzy mogą czytać pokój i chcą o tym wiedzieć.",
  tellRoom: "O który pokój chodzi?",
  tellKind: "Co to jest?",
  tellKinds: { coming: "Zbliża się rozmowa", ideas: "Szukamy pomysłów", speak: "Szukamy kogoś, kto zabierze głos" },
  tellSays: "Twoja linijka",
  tellWhen: "Kiedy, słowami",
  tellWhenHelp: "Na przykład: w czwartek o 15. Może zostać puste.",
  tellDo: "Powiadom",
  told: "Ludzie już wiedzą.",
  toldInApp: "Ludzie zobaczą to tutaj. Poczta nie jest ustawiona, więc listy nie wyjdą.",
  tellEmpty: "Najpierw napisz linijkę.",
  notSetUp: "Nie można przypominać: poczta nie jest ustawiona.",

  outbox: "Listy z ostatnich 30 dni",
  outboxNone: "Jeszcze żadnych.",
  outboxMatter: COUNTED,
  outboxState: STATES,
  demo: "Listy tego pokazu",
  demoHelp: "Pokaz nie wysyła listów. Oto, co by wyszło, od najnowszych.",
};
