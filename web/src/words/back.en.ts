/** English: the way back, made on one device and used on another. */
export const back = {
  title: "Your way back",
  why: "Four words that bring you back as yourself, on any device.",
  have: (day: string) => `You have one. It works once, until ${day}.`,
  none: "You have none yet.",
  team: "The team signs in with a passkey instead.",
  show: "Show my way back",
  another: "Make a new one",
  anotherHelp: "The old one then stops working.",
  keep: "Take a photo of this, print it, or write down the words.",
  words: "Your four words",
  typeAt: (address: string) => `Type them at ${address}`,
  picture: "Or hold a phone’s camera to this square",
  pictureAlt: "A square that opens your way back when a camera sees it",
  once: (day: string) => `It works once, until ${day}. Show it to nobody: whoever has it can come in as you.`,
  print: "Print",
  done: "Done",
  offer: "Next time on another device? Keep a way back.",
  later: "Not now",

  camePast: (ago: string) => `Someone came in as you by your way back ${ago}. Was it you?`,
  wasMe: "Yes, it was me",
  notMe: "No, sign them out",
  notMeDone: "They are signed out.",

  enter: "Come back",
  enterHelp: "Type the four words you kept, or use the link under your square.",
  linkHelp: "This works once. Press the button on the device you want to use.",
  field: "Your four words",
  fieldHelp: "In their order. Large or small letters make no difference.",
  few: "There should be four words. Please look again.",
  go: "Come back in",
  been: "Been here before?",
  byWords: "Come back with four words",
};

export type Back = typeof back;
