import type { Back } from "./back.en";

/** Polish: the way back. */
export const back: Back = {
  title: "Twoja droga powrotna",
  why: "Cztery słowa, którymi wrócisz jako ta sama osoba na każdym urządzeniu.",
  have: (day) => `Masz ją. Działa raz, do ${day}.`,
  none: "Jeszcze jej nie masz.",
  team: "Zespół loguje się kluczem dostępu.",
  show: "Pokaż moją drogę powrotną",
  another: "Zrób nową",
  anotherHelp: "Poprzednia przestanie wtedy działać.",
  keep: "Zrób zdjęcie, wydrukuj albo zapisz słowa.",
  words: "Twoje cztery słowa",
  typeAt: (address) => `Wpisz je na stronie ${address}`,
  picture: "Albo skieruj na ten kwadrat aparat telefonu",
  pictureAlt: "Kwadrat, który otwiera Twoją drogę powrotną, gdy zobaczy go aparat",
  once: (day) => `Działa raz, do ${day}. Nie pokazuj jej nikomu: kto ją ma, może wejść jako Ty.`,
  print: "Drukuj",
  done: "Gotowe",
  offer: "Następnym razem na innym urządzeniu? Zachowaj drogę powrotną.",
  later: "Nie teraz",

  camePast: (ago) => `Ktoś wszedł jako Ty Twoją drogą powrotną ${ago}. Czy to Ty?`,
  wasMe: "Tak, to ja",
  notMe: "Nie, wyloguj tę osobę",
  notMeDone: "Ta osoba jest wylogowana.",

  enter: "Wróć",
  enterHelp: "Wpisz cztery słowa, które masz zapisane, albo użyj linku spod swojego kwadratu.",
  linkHelp: "To działa raz. Naciśnij przycisk na urządzeniu, którego chcesz używać.",
  field: "Twoje cztery słowa",
  fieldHelp: "W tej samej kolejności. Wielkość liter nie ma znaczenia.",
  few: "Powinny być cztery słowa. Sprawdź jeszcze raz.",
  go: "Wracam",
  been: "Byłeś(-aś) tu już?",
  byWords: "Wróć czterema słowami",
};
