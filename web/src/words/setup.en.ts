/** English: the first steps of a new community, and the rooms it may begin with. */
export const setup = {
  title: "Setting up",
  help: "Four steps, in any order. You can leave each and come back to it.",
  done: "done",
  toDo: "to do",
  what: "Say what it is",
  whatDone: "The name, the purpose and what you ask of each other are said.",
  see: "Change it, and see the door",
  rooms: "Open rooms",
  roomsHelp: "Tick what fits. You can change their names and add others later.",
  roomsDone: "Your rooms are open. Write the first message in one of them.",
  roomsPick: "Rooms to begin with",
  roomsGo: "Open these rooms",
  roomsOwn: "Open one of my own",
  opened: "The rooms are open.",
  invite: "Invite people",
  inviteHelp:
    "You get a link to send, a code to read out, a square for phone cameras and a poster to print. It works for two weeks.",
  inviteDone: "You have made an invitation. More are made under “For keepers”.",
  inviteTo: "They come into",
  inviteGo: "Make an invitation",
  inviteAgain: "Make another",
  inviteLabel: "First invitation",
  noRoom: "Open a room first.",
  keeper: "Find a second keeper",
  keeperDone: "You are not alone: there is another keeper.",
  keeperComes: "Somebody has come by the link. They wait for your yes, on this page.",
  allDone: "All four steps are done.",
  finish: "Hide these steps",
  laterHelp: "All of it can be found under “For keepers”.",

  from: "Begin with one of these, and change what you like",
  templates: {
    welcome: { title: "Welcome", purpose: "Say hello, and what brings you here." },
    ask: { title: "Ask anything", purpose: "No question is too small. Whoever knows, answers." },
    eyes: { title: "Through my eyes", purpose: "What it is like for you: what helped, and what was hard." },
    carers: { title: "Carers’ corner", purpose: "For all who look after somebody. Nobody has to be strong here." },
    ideas: { title: "Ideas", purpose: "What could be better, and how we would do it." },
  },
};

export type Setup = typeof setup;
