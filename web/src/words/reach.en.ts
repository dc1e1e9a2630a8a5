import type { Involvement, Matter, NewsKind } from "../contract.gen";
import { counting } from "./counting";

const { many } = counting("en-GB");

const MATTERS: Readonly<Record<Matter, string>> = {
  next_talk: "The next conversation",
  my_words: "My words",
  changes: "What has changed",
};

const MATTER_HELP: Readonly<Record<Matter, string>> = {
  next_talk: "A mail when a conversation is coming.",
  my_words: "A mail when the team does something with what you wrote.",
  changes: "A mail when the community says something new about itself.",
};

const NEWS: Readonly<Record<NewsKind, string>> = {
  coming: "A conversation is coming",
  ideas: "Your ideas are wanted",
  speak: "Somebody is wanted who speaks for us",
  stated: "The community says something new about itself",
  taken_out: "The team took out something you wrote",
};

const SWITCHES: Readonly<Record<keyof Involvement, string>> = {
  communicate: "Communicate",
  improve: "Improve",
  share: "Share",
  inspire: "Inspire",
};

const SWITCH_HELP: Readonly<Record<keyof Involvement, string>> = {
  communicate: "Tell me when a conversation is coming.",
  improve: "Ask me for ideas, votes and trying things.",
  share: "You may ask to use my words in a story. Off: never asked, never quoted.",
  inspire: "Ask me to speak for us.",
};

/** What became of mails, by the server's own names of matters and states. */
const COUNTED: Readonly<Record<string, string>> = {
  confirm: "is this your address",
  coming: "a conversation is coming",
  stated: "something has changed",
  taken_out: "about something you wrote",
};

const STATES: Readonly<Record<string, (n: number) => string>> = {
  waiting: (n) => many(n, { one: "# waits", other: "# wait" }),
  sending: (n) => many(n, { one: "# is being sent", other: "# are being sent" }),
  sent: (n) => many(n, { one: "# went out", other: "# went out" }),
  failed: (n) => many(n, { one: "# could not be delivered", other: "# could not be delivered" }),
  dropped: (n) => many(n, { one: "# was not wanted any more", other: "# were not wanted any more" }),
  unsure: (n) => many(n, { one: "# may have gone out or not", other: "# may have gone out or not" }),
};

/** English: being reached by mail, quiet hours, how one takes part, and telling people. */
export const reach = {
  title: "How we may reach you",
  help: "Only for what you tick. Nobody in the team can see your address.",
  off: "Mail is not set up here, so nothing can be sent. What is new stands on the community’s page.",
  address: "Your mail address",
  matters: "Write to me about",
  matter: MATTERS,
  matterHelp: MATTER_HELP,
  tickOne: "Tick at least one thing first.",
  save: "Save",
  saved: "Saved.",
  asked: "We have sent a mail to you. Open the link in it and press the button. Then it is done.",
  waiting: (address: string) => `We wait for the yes from ${address}. The link in the mail works for two days.`,
  have: (address: string) => `We may write to ${address}.`,
  failed: (address: string) => `We could not reach you at ${address}. Please give us another address.`,
  another: "Another address",
  remove: "Remove my address",
  removed: "Your address is gone.",
  cancel: "Leave it as it is",
  offer: "Leave a mail address",

  quiet: "Quiet hours",
  quietHelp: "No mail comes to you between these times.",
  from: "From",
  to: "Until",
  zone: (zone: string) => `In the time zone ${zone}`,

  confirmTitle: "Is this your address?",
  confirmHelp: "Press the button, and we may write to you about what you ticked.",
  confirmDo: "Yes, it is mine",
  confirmed: "Thank you. We may write to you now.",
  stopTitle: "Stop all mails?",
  stopHelp: "Press the button, and we forget your address. No mail comes to you any more.",
  stopDo: "Stop all mails",
  stopped: "It is done. No more mails come to you.",
  goOn: "Go to the community",

  involved: "How you take part",
  involvedHelp: "Switch each on or off, whenever you like.",
  switches: SWITCHES,
  switchHelp: SWITCH_HELP,

  news: "News for you",
  newsKind: NEWS,
  putAway: "Put away",
  putAwayOf: (what: string) => `Put away: ${what}`,
  openRoom: (room: string) => `Open ${room}`,

  tell: "Tell people",
  tellHelp: "One line to all who may read the room and want to hear of it.",
  tellRoom: "Which room is it about?",
  tellKind: "What is it?",
  tellKinds: { coming: "A conversation is coming", ideas: "Ideas are wanted", speak: "Somebody is wanted to speak" },
  tellSays: "Your line",
  tellWhen: "When, in words",
  tellWhenHelp: "As: Thursday at 3. You may leave it empty.",
  tellDo: "Tell them",
  told: "They are told.",
  toldInApp: "They are told here. Mail is not set up, so no mails go out.",
  tellEmpty: "Please write a line first.",
  notSetUp: "People cannot be reminded: mail is not set up.",

  outbox: "Mails of the last 30 days",
  outboxNone: "None yet.",
  outboxMatter: COUNTED,
  outboxState: STATES,
  demo: "Mails of this demo",
  demoHelp: "A demo sends no mail. Here is what would have gone out, the newest first.",
};

export type ReachWords = typeof reach;
