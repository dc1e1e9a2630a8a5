import type { Setup } from "./setup.en";

/** Polish, all of the first steps of a new community. */
export const setup: Setup = {
  title: "Pierwsze kroki",
  help: "Cztery kroki, w dowolnej kolejności. Każdy można zostawić i do niego wrócić.",
  done: "gotowe",
  toDo: "do zrobienia",
  what: "Powiedz, co to jest",
  whatDone: "Nazwa, cel, to, o co się wzajemnie prosicie, i do kogo iść z obawami, są już podane.",
  whatLead: "Powiedz, do kogo iść z obawami: jedna osoba z imienia i jak się z nią skontaktować.",
  whatPromise: "Powiedz też, co obiecujecie w zamian, na przykład jak szybko ktoś odpowiada.",
  whatGo: "Powiedz, do kogo iść",
  see: "Zmień to i zobacz wejście",
  rooms: "Otwórz pokoje",
  roomsHelp: "Zaznacz, co pasuje. Później możesz zmienić nazwy i dodać inne.",
  roomsDone: "Pokoje są otwarte. Napisz w którymś pierwszą wiadomość.",
  roomsPick: "Pokoje na początek",
  roomsGo: "Otwórz te pokoje",
  roomsOwn: "Otwórz własny",
  opened: "Pokoje są otwarte.",
  invite: "Zaproś ludzi",
  inviteHelp:
    "Dostaniesz link do wysłania, kod do odczytania, kwadrat dla aparatu w telefonie i plakat do druku. Działa dwa tygodnie.",
  inviteDone: "Zaproszenie jest gotowe. Kolejne są w części „Dla opiekunów”.",
  inviteTo: "Wchodzą do pokoju",
  inviteGo: "Przygotuj zaproszenie",
  inviteAgain: "Przygotuj kolejne",
  inviteLabel: "Pierwsze zaproszenie",
  noRoom: "Najpierw otwórz pokój.",
  keeper: "Znajdź drugiego opiekuna",
  keeperDone: "Jest już inny opiekun: nie opiekujesz się tym w pojedynkę.",
  keeperComes: "Ktoś wszedł przez ten link. Czeka na Twoją zgodę, na tej stronie.",
  allDone: "Wszystkie cztery kroki są zrobione.",
  finish: "Ukryj te kroki",
  laterHelp: "Wszystko jest też w części „Dla opiekunów”.",

  from: "Zacznij od jednego z tych i zmień, co chcesz",
  templates: {
    welcome: { title: "Witamy", purpose: "Przywitaj się i powiedz, co Cię tu sprowadza." },
    ask: { title: "Pytaj o wszystko", purpose: "Żadne pytanie nie jest za małe. Kto wie, odpowiada." },
    eyes: { title: "Moimi oczami", purpose: "Jak to jest dla Ciebie: co pomogło, a co było trudne." },
    carers: {
      title: "Kącik opiekunów chorych",
      purpose: "Dla tych, którzy się kimś opiekują. Tu nie trzeba być silnym.",
    },
    ideas: { title: "Pomysły", purpose: "Co mogłoby być lepsze i jak byśmy to zrobili." },
  },
};
