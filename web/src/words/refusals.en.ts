import { TEXT_LIMIT, type Code } from "../contract.gen";
import { counting } from "./counting";

const { many, num } = counting("en-GB");

/** What a refusal's words can be made with, as the server sent it. */
export type Params = Readonly<Record<string, string | number>>;
export type RefusalWords = { readonly [C in Code]: (params: Params) => string };

export const whole = (value: string | number | undefined): number => (typeof value === "number" ? value : 0);

/** Each says what is wrong and, where there is one, the next step. No blame, no codes. */
export const refusals: RefusalWords = {
  empty: () => "There are no words in it yet.",
  too_long: (p) => {
    const over = whole(p["over"]);
    return over > 0
      ? `It is too long by ${many(over, { one: "# letter", other: "# letters" })}. Please make it shorter.`
      : `It is too long. ${num(whole(p["limit"]) || TEXT_LIMIT)} letters is the most.`;
  },
  control_characters: () => "It holds signs that can’t be shown. Please type it again by hand.",
  too_many_marks: () => "It has too many marks on one letter. Please write it more plainly.",
  not_found: () => "We can’t find it. It may be gone, or not be open to you.",
  not_allowed: () => "Only some people here may do that.",
  values_first: () => "To write here, first say yes to what we ask of each other.",
  muted: () => "You can’t write here for now. You can go on reading.",
  signed_out: () => "You are signed out. Please come in again by your link.",
  room_closed: () => "This room is closed. It can be read, but not written in.",
  already_removed: () => "That message has been taken out.",
  reply_to_reply: () => "You can answer a message, but not an answer. Please answer the message it stands under.",
  names_are_shown: () => "In this room names are shown. Your words are kept: send them with your name, or don’t send.",
  too_many_mentions: (p) => `You can name at most ${num(whole(p["limit"]) || 20)} people in one message.`,
  conflict: () => "Something else was sent at the same moment. Please try again.",
  erased: () => "This was erased, and stays so.",
  name_taken: () => "Someone here has this name. Please add one more word.",
  name_looks_full: () => "A first name is enough. You may also make one up.",
  name_reserved: () => "This name sounds like the team or the system. Please choose one of your own.",
  code_needs_room: () => "A code is for one room. Choose the room.",
  team_invitation: (p) => `A link to a role works for one person, for ${num(whole(p["hours"]) || 72)} hours at most.`,
  name_bad: () => "This name can’t be used. Please try another with letters.",
  slug_taken: () => "This address is taken. Please choose another.",
  standing_unknown: () => "That is not in the list. Please choose again.",
  lead_needed: () => "Please give both: who is to be told of a worry, and how to reach them.",
  young_not_yet: () =>
    "Not for young people yet. Somebody would have to read everything before others see it, and Hearth can’t do that so far.",
  last_keeper: () => "There must be at least one keeper. Make someone else a keeper first.",
  kept_out_of_range: (p) =>
    `Words can be kept for ${num(whole(p["least"]))} to ${num(whole(p["most"]))} days here. Please choose again.`,
  shared_device: () => "Others use this device too. Do it on a device of your own, or say first that you want it here.",
  invitation_unknown: () => "We don’t know this invitation. Please check it, letter by letter, or ask for a new one.",
  invitation_expired: () => "This invitation has run out. Please ask the person who sent it for a new one.",
  invitation_used_up: () => "This invitation has been used as often as it can be. Please ask for a new one.",
  invitation_revoked: () => "This invitation was taken back. Please ask the person who sent it for a new one.",
  already_claimed: () => "This server has its keeper already. Please ask them for an invitation.",
  link_used: () => "This link has been used, or has run out. Please ask a keeper for a new one.",
  words_unknown: (p) =>
    whole(p["number"]) === 0
      ? "There should be four words. Please look again."
      : `Word ${num(whole(p["number"]))} is not one of ours. Please look at it again.`,
  way_back_unknown: () => "These words don’t let anybody in. Please check them and their order, or ask for a new link.",
  way_back_used: () =>
    "This way back was used already; it works once. If that was not you, tell the people who run this.",
  provider_away: () => "The sign-in page of the organisation does not answer. Please try again in a few minutes.",
  provider_refused: () => "The organisation did not sign you in. You can try again, or come in by a code.",
  provider_wrong: () => "The organisation’s answer could not be trusted. Please tell the people who run this.",
  sign_in_again: () => "That sign-in took too long, or was used already. Please sign in again.",
  not_in_group: () =>
    "The organisation knows you, but no group you are in there comes in here. Ask the people who run this.",
  removed_here: () => "You were taken out of this community. Only a keeper can ask you in again.",
  identity_taken: () => "This sign-in belongs to another member here. Sign in as them, or ask a keeper.",
  identity_other: () => "You have connected another sign-in. Disconnect it first.",
  connect_first: () =>
    "Somebody is signed in here already. If that is you, connect this sign-in on your page. If not, sign out first.",
  passkey_unknown: () => "This passkey is not known here any more. Please try another, or ask the people who run this.",
  passkey_refused: () => "Your device’s answer was not right. Please try again, or use another passkey.",
  passkey_late: () => "That took too long. Please try again.",
  passkeys_full: (p) => `You have ${num(whole(p["limit"]))} passkeys, as many as there can be. Remove one first.`,
  address_bad: () => "That is not one mail address. Please look again.",
  mail_off: () => "Mail is not set up here, so nothing can be sent.",
  mail_link_unknown: () => "This link is not right, or it is too old. Ask for a new mail on your own page.",
  malformed: () => "This page may be too old. Please load it again.",
  too_fast: () => "That was a lot at once. Please wait a moment.",
  busy: () => "Many people are writing just now. Please try again in a moment.",
  unavailable: () => "The server can’t keep it just now. Please try again in a moment.",
  unknown: () => "We don’t know yet if it arrived. Trying again is safe: it will not come twice.",
  internal: () => "Something went wrong on our side. Please try again.",
  wrong_origin: () => "This page has the wrong address. Please open it from your link again.",
};
