import type { Role } from "../contract.gen";
import type { Passkeys } from "./passkeys.en";

const NEEDED: Readonly<Record<Role, string>> = {
  member: "Dodaj klucz dostępu.",
  moderator: "Dodaj klucz dostępu, żeby tu moderować.",
  host: "Dodaj klucz dostępu, żeby tu prowadzić rozmowy.",
  keeper: "Dodaj klucz dostępu, żeby opiekować się tym miejscem.",
};

/** Polish: passkeys. */
export const passkeys: Passkeys = {
  title: "Twoje klucze dostępu",
  what: "Klucz dostępu to Twój palec, twarz albo PIN urządzenia. Wpuszcza Ciebie i nikt go nie podejrzy.",
  where: "Dodaj go na własnym urządzeniu albo na kluczu, który nosisz. Nie na komputerze, którego używają też inni.",
  second: "Dodaj drugi na innym urządzeniu. Wejdziesz wtedy, nawet jeśli stracisz to.",
  none: "Nie masz jeszcze żadnego.",
  add: "Dodaj klucz dostępu",
  added: "Klucz dostępu jest dodany.",
  made: (day) => `dodany: ${day}`,
  used: (ago) => `ostatnio użyty: ${ago}`,
  unused: "jeszcze nieużyty",
  one: "Klucz dostępu",
  remove: "Usuń",
  removeLabel: (day) => `Usuń klucz dostępu dodany: ${day}`,
  removeAsk: "Usunąć ten klucz dostępu?",
  removeHelp: "Nie wejdziesz już z jego pomocą. Twoje inne urządzenia pozostaną zalogowane.",
  removeLast: "To Twój jedyny klucz. Twoja rola w zespole nie działa, dopóki nie dodasz nowego.",
  removed: "Klucz dostępu jest usunięty.",
  needed: (role) => NEEDED[role],
  neededHelp: "Do tego czasu możesz tu robić to, co wszyscy członkowie.",
  toAdd: "Dodaj klucz dostępu",

  signIn: "Zaloguj się kluczem dostępu",
  stopped: "Przerwano. Spróbuj jeszcze raz i potwierdź, kiedy urządzenie zapyta.",
  already: "To urządzenie ma już Twój klucz dostępu.",
  cannot: "Ta przeglądarka nie obsługuje kluczy dostępu. Spróbuj nowszej albo innego urządzenia.",

  noneYet: "bez klucza dostępu",
  endOthers: "Wyloguj wszędzie indziej",
  othersEnded: "Wszędzie indziej jesteś wylogowany(-a).",
};
