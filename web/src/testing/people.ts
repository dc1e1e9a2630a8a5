import type { Home, InvitationLook, Membership, RoomLine, RoomView } from "../contract.gen";
import type { MyPlace, Row, Screen, Shown } from "../state";

/** A moment on a Thursday evening. */
export const NOW_MS = Date.UTC(2026, 5, 11, 18, 13);

export const ids = (name: string): string =>
  name
    .toUpperCase()
    .replace(/[^A-Z]/g, "")
    .padEnd(26, "0")
    .slice(0, 26);

let made = 0;

/** A message as it is drawn; say only what matters to the test. */
export function shown(text: string, change: Partial<Shown> & { readonly by?: string } = {}): Shown {
  const { by = "Dorothy", ...rest } = change;
  made += 1;
  const key = `M${String(made).padStart(25, "0")}`;
  return {
    key,
    message: key,
    seq: made,
    at_ms: NOW_MS,
    author: { person: ids(by), name: by, standing: "patient", role: null, alias: null },
    text,
    removed: null,
    edited: false,
    mentions: [],
    mentionsMe: false,
    replyTo: null,
    own: false,
    counts: {},
    mine: [],
    replies: [],
    sending: { is: "sent" },
    change: null,
    ...rest,
  };
}

export const row = (message: Shown, first = true): Row => ({ is: "message", key: message.key, message, first });

export const ROOM: RoomView = {
  room: ids("room"),
  community: ids("community"),
  slug: "waiting-well",
  title: "Waiting well",
  purpose: "What would make the wait kinder?",
  visibility: "community",
  hide_names: true,
  closed: false,
};

export const WREN: MyPlace = {
  person: ids("wren"),
  name: "Wren",
  standing: "carer",
  roles: ["member"],
  accepted: true,
  mutedUntil_ms: 0,
  read_seq: 1,
};

export function screenOf(rows: readonly Row[], change: Partial<Screen> = {}): Screen {
  return {
    room: ROOM,
    me: WREN,
    rows,
    earlier: { is: "end" },
    later: { is: "end" },
    atLive: true,
    unread: 0,
    newBelow: 0,
    seq: made,
    elsewhere: [],
    ...change,
  };
}

export const MEMBERSHIP: Membership = {
  community: ids("community"),
  slug: "through-my-eyes",
  name: "Through My Eyes",
  shown_name: "Wren",
  standing: "carer",
  shows_standing: false,
  roles: ["member"],
  accepted: true,
  asked: [],
  dormant: [],
};

export const COMMUNITY: Home["community"] = {
  community: ids("community"),
  slug: "through-my-eyes",
  name: "Through My Eyes",
  purpose: "Patients, carers and staff of Outpatients, making each visit a little kinder together.",
  values: [
    "Speak from what you have lived.",
    "Leave out other people’s names and details.",
    "Disagree with the thing, not the person.",
  ],
  commitments: [],
  standings: ["patient", "carer", "volunteer"],
  runs_it: "St Brannock’s Outpatients",
  contact: "01234 567890",
  members: 210,
  moderators: 2,
  kept_days: 365,
  admits: "adults",
  lead: "",
  lead_contact: "",
  door: {},
};

export const roomLine = (change: Partial<RoomLine> = {}): RoomLine => ({
  room: ids("room"),
  slug: "waiting-well",
  title: "Waiting well",
  purpose: "",
  visibility: "community",
  closed: false,
  unread: 0,
  mentions: 0,
  here: 0,
  last_ms: null,
  kept_days: 365,
  tells: false,
  ...change,
});

export const homeOf = (change: Partial<Home> = {}): Home => ({
  community: COMMUNITY,
  me: MEMBERSHIP,
  rooms: [roomLine()],
  last_here_ms: null,
  waiting: [],
  alone: false,
  setting_up: null,
  news: [],
  involved: { communicate: true, improve: false, share: false, inspire: false },
  mail: true,
  ...change,
});

export const lookOf = (change: Partial<InvitationLook> = {}): InvitationLook => ({
  community: COMMUNITY,
  inviter: "Ruth",
  inviter_role: "host",
  room_slug: "waiting-well",
  room_title: "Waiting well",
  role: "member",
  staff: false,
  ends_ms: NOW_MS + 86_400_000,
  member: null,
  kept_days: 365,
  ...change,
});
