import { TEXT_LIMIT } from "../contract.gen";
import { counting } from "./counting";
import { whole, type RefusalWords } from "./refusals.en";

const { many, num } = counting("pl");

export const refusals: RefusalWords = {
  empty: () => "Nie ma tu jeszcze żadnych słów.",
  too_long: (p) => {
    const over = whole(p["over"]);
    return over > 0
      ? `To za długie o ${many(over, { one: "# znak", few: "# znaki", many: "# znaków", other: "# znaku" })}. Prosimy to skrócić.`
      : `To za długie. Najwięcej może być ${num(whole(p["limit"]) || TEXT_LIMIT)} znaków.`;
  },
  control_characters: () => "Są tu znaki, których nie da się pokazać. Prosimy wpisać to ręcznie jeszcze raz.",
  too_many_marks: () => "Na jednej literze jest za dużo znaków. Prosimy napisać prościej.",
  not_found: () => "Nie możemy tego znaleźć. Może już tego nie ma albo nie jest dla Ciebie otwarte.",
  not_allowed: () => "Mogą to robić tylko niektóre osoby.",
  values_first: () => "Żeby pisać, trzeba najpierw zgodzić się na to, o co się tu wzajemnie prosimy.",
  muted: () => "Na razie nie możesz tu pisać. Nadal możesz czytać.",
  signed_out: () => "Nie jesteś zalogowany(-a). Prosimy wejść jeszcze raz przez swój link.",
  room_closed: () => "Ten pokój jest zamknięty. Można w nim czytać, ale nie pisać.",
  already_removed: () => "Ta wiadomość została usunięta.",
  reply_to_reply: () => "Można odpowiedzieć na wiadomość, ale nie na odpowiedź. Prosimy odpowiedzieć na tę nad nią.",
  names_are_shown: () =>
    "W tym pokoju imiona są widoczne. Twoje słowa są zachowane: wyślij je z imieniem albo nie wysyłaj.",
  too_many_mentions: (p) => `W jednej wiadomości można wymienić najwyżej ${num(whole(p["limit"]) || 20)} osób.`,
  conflict: () => "W tej samej chwili wysłano coś innego. Prosimy spróbować jeszcze raz.",
  erased: () => "To zostało wymazane i tak pozostanie.",
  name_taken: () => "Ktoś tu już ma takie imię. Prosimy dodać jeszcze jedno słowo.",
  name_looks_full: () => "Wystarczy imię. Może być też wymyślone.",
  name_reserved: () => "To imię brzmi jak zespół albo system. Prosimy wybrać własne.",
  code_needs_room: () => "Kod jest do jednego pokoju. Wybierz pokój.",
  team_invitation: (p) => `Link do roli działa dla jednej osoby, najwyżej ${num(whole(p["hours"]) || 72)} godziny.`,
  name_bad: () => "Tego imienia nie można użyć. Prosimy podać inne, z liter.",
  slug_taken: () => "Ten adres jest zajęty. Prosimy wybrać inny.",
  standing_unknown: () => "Tego nie ma na liście. Prosimy wybrać jeszcze raz.",
  lead_needed: () => "Prosimy podać jedno i drugie: komu mówić o obawach i jak się z tą osobą skontaktować.",
  young_not_yet: () =>
    "Jeszcze nie dla młodzieży. Ktoś musiałby wszystko przeczytać, zanim zobaczą to inni, a Hearth jeszcze tego nie umie.",
  last_keeper: () => "Musi być przynajmniej jeden opiekun. Najpierw zrób opiekunem kogoś innego.",
  kept_out_of_range: (p) =>
    `Słowa można tu przechowywać od ${num(whole(p["least"]))} do ${num(whole(p["most"]))} dni. Wybierz jeszcze raz.`,
  shared_device: () =>
    "Z tego urządzenia korzystają też inni. Zrób to na własnym urządzeniu albo najpierw potwierdź, że chcesz tego tutaj.",
  invitation_unknown: () => "Nie znamy tego zaproszenia. Prosimy sprawdzić je litera po literze albo poprosić o nowe.",
  invitation_expired: () => "To zaproszenie straciło ważność. O nowe poproś osobę, która je przysłała.",
  invitation_used_up: () => "To zaproszenie wykorzystano już tyle razy, ile można. Prosimy poprosić o nowe.",
  invitation_revoked: () => "To zaproszenie zostało cofnięte. O nowe poproś osobę, która je przysłała.",
  already_claimed: () => "Ten serwer ma już opiekuna. Poproś go o zaproszenie.",
  link_used: () => "Ten link został już użyty albo stracił ważność. Poproś opiekuna o nowy.",
  words_unknown: (p) =>
    whole(p["number"]) === 0
      ? "Powinny być cztery słowa. Sprawdź jeszcze raz."
      : `Słowo ${num(whole(p["number"]))} nie jest jednym z naszych. Sprawdź je jeszcze raz.`,
  way_back_unknown: () => "Te słowa nikogo nie wpuszczają. Sprawdź je i ich kolejność albo poproś o nowy link.",
  way_back_used: () => "Tej drogi powrotnej już użyto; działa raz. Jeśli to nie Ty, powiedz o tym osobom prowadzącym.",
  provider_away: () => "Strona logowania organizacji nie odpowiada. Prosimy spróbować za kilka minut.",
  provider_refused: () => "Organizacja nie potwierdziła logowania. Można spróbować jeszcze raz albo wejść kodem.",
  provider_wrong: () => "Odpowiedzi organizacji nie można zaufać. Prosimy powiedzieć o tym osobom prowadzącym.",
  sign_in_again: () => "To logowanie trwało za długo albo zostało już użyte. Prosimy zalogować się jeszcze raz.",
  not_in_group: () => "Organizacja Cię zna, ale Twoje grupy nie mają tu wstępu. Zapytaj osoby prowadzące.",
  removed_here: () => "Usunięto Cię z tej społeczności. Tylko opiekun może zaprosić Cię ponownie.",
  identity_taken: () => "To logowanie należy już do innej osoby. Zaloguj się jako ona albo zapytaj opiekuna.",
  identity_other: () => "Masz już połączone inne logowanie. Najpierw je odłącz.",
  connect_first: () =>
    "Ktoś jest tu już zalogowany. Jeśli to Ty, połącz to logowanie na swojej stronie. Jeśli nie, najpierw się wyloguj.",
  passkey_unknown: () => "Tego klucza dostępu już tu nie znamy. Spróbuj innym albo zapytaj osoby prowadzące.",
  passkey_refused: () => "Odpowiedź urządzenia się nie zgadza. Spróbuj jeszcze raz albo użyj innego klucza dostępu.",
  passkey_late: () => "To trwało zbyt długo. Spróbuj jeszcze raz.",
  passkeys_full: (p) =>
    `Liczba Twoich kluczy dostępu: ${num(whole(p["limit"]))}. Więcej się nie da. Usuń najpierw jeden.`,
  address_bad: () => "To nie jest jeden adres e-mail. Sprawdź jeszcze raz.",
  mail_off: () => "Poczta nie jest tu ustawiona, więc nic nie można wysłać.",
  mail_link_unknown: () => "Ten link jest błędny lub za stary. Poproś o nowy list na swojej stronie.",
  malformed: () => "Ta strona może być za stara. Prosimy wczytać ją ponownie.",
  too_fast: () => "To było dużo naraz. Prosimy chwilę poczekać.",
  busy: () => "Właśnie pisze wiele osób. Prosimy za chwilę spróbować jeszcze raz.",
  unavailable: () => "Serwer nie może tego teraz zapisać. Prosimy za chwilę spróbować jeszcze raz.",
  unknown: () => "Nie wiemy jeszcze, czy dotarło. Można spróbować jeszcze raz: nie pojawi się dwa razy.",
  internal: () => "Coś się u nas nie udało. Prosimy spróbować jeszcze raz.",
  wrong_origin: () => "Ta strona ma zły adres. Prosimy otworzyć ją jeszcze raz ze swojego linku.",
};
