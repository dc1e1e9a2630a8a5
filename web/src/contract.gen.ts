// Generated from the Python declarations by `python -m server.contractgen`. Do not edit.
//
// A field with `?` may be absent on the wire and then has its default; where null is allowed, absent means null.

// Constants

export const CONTRACT = 1;
export const SUBPROTOCOL_JSON = "hearth.v1.json";
export const SUBPROTOCOL_MSGPACK = "hearth.v1.msgpack";
/** The longest message, in code points after NFC. */
export const TEXT_LIMIT = 4000;
export const MENTIONS_LIMIT = 20;
/** 4400 to 4499: do not come back by yourself. 4500 to 4599: come back with your cursors. */
export const CLOSE = {
  MALFORMED: 4400,
  SIGNED_OUT: 4401,
  NOT_FOUND: 4404,
  TOO_LARGE: 4413,
  INTERNAL: 4500,
  STALLED: 4502,
  MOVING: 4503,
} as const;
export const REACTIONS: readonly Reaction[] = [
  "heart",
  "thanks",
  "metoo",
  "tellmore",
  "idea",
  "clap",
  "smile",
  "laugh",
  "hug",
  "tear",
  "wow",
  "strong",
  "hope",
  "yes",
  "look",
  "party",
  "sun",
  "flower",
  "tea",
  "rainbow",
  "candle",
  "luck",
  "star",
  "peace",
];
export const CODES: readonly Code[] = [
  "empty",
  "too_long",
  "control_characters",
  "too_many_marks",
  "not_found",
  "not_allowed",
  "values_first",
  "muted",
  "signed_out",
  "room_closed",
  "already_removed",
  "reply_to_reply",
  "names_are_shown",
  "too_many_mentions",
  "conflict",
  "erased",
  "name_taken",
  "name_looks_full",
  "name_bad",
  "name_reserved",
  "slug_taken",
  "standing_unknown",
  "lead_needed",
  "young_not_yet",
  "last_keeper",
  "kept_out_of_range",
  "shared_device",
  "team_invitation",
  "code_needs_room",
  "invitation_unknown",
  "invitation_expired",
  "invitation_used_up",
  "invitation_revoked",
  "already_claimed",
  "link_used",
  "words_unknown",
  "way_back_unknown",
  "way_back_used",
  "provider_away",
  "provider_refused",
  "provider_wrong",
  "sign_in_again",
  "not_in_group",
  "removed_here",
  "identity_taken",
  "identity_other",
  "connect_first",
  "passkey_unknown",
  "passkey_refused",
  "passkey_late",
  "passkeys_full",
  "address_bad",
  "mail_off",
  "mail_link_unknown",
  "malformed",
  "too_fast",
  "busy",
  "unavailable",
  "unknown",
  "internal",
  "wrong_origin",
];

// Ids

export type RoomId = string;
export type Nonce = string;
export type MessageId = string;
export type PersonId = string;
export type StreamId = string;
export type CommunityId = string;

// Enums and rights

/** What a member may do. Roles add up. */
export type Role = "member" | "moderator" | "host" | "keeper";

/** Something that needs a right. A live command has the name of its deed. */
export type Deed =
  | "room.read"
  | "message.post"
  | "message.edit"
  | "message.remove"
  | "reaction.set"
  | "place.mark"
  | "typing.tell"
  | "backstage.read"
  | "community.read"
  | "values.accept"
  | "name.change"
  | "community.leave"
  | "room.open"
  | "room.change"
  | "room.close"
  | "room.admit"
  | "members.list"
  | "roles.set"
  | "member.remove"
  | "sessions.end"
  | "invitation.make"
  | "invitations.list"
  | "invitation.revoke"
  | "community.change"
  | "setup.finish"
  | "health.see"
  | "news.tell"
  | "outbox.see"
  | "audit.read"
  | "keeping.see"
  | "keeping.set"
  | "hold.set";

/** Every reason a command or a request can be refused for. Each has its words in the message catalogue. */
export type Code =
  | "empty"
  | "too_long"
  | "control_characters"
  | "too_many_marks"
  | "not_found"
  | "not_allowed"
  | "values_first"
  | "muted"
  | "signed_out"
  | "room_closed"
  | "already_removed"
  | "reply_to_reply"
  | "names_are_shown"
  | "too_many_mentions"
  | "conflict"
  | "erased"
  | "name_taken"
  | "name_looks_full"
  | "name_bad"
  | "name_reserved"
  | "slug_taken"
  | "standing_unknown"
  | "lead_needed"
  | "young_not_yet"
  | "last_keeper"
  | "kept_out_of_range"
  | "shared_device"
  | "team_invitation"
  | "code_needs_room"
  | "invitation_unknown"
  | "invitation_expired"
  | "invitation_used_up"
  | "invitation_revoked"
  | "already_claimed"
  | "link_used"
  | "words_unknown"
  | "way_back_unknown"
  | "way_back_used"
  | "provider_away"
  | "provider_refused"
  | "provider_wrong"
  | "sign_in_again"
  | "not_in_group"
  | "removed_here"
  | "identity_taken"
  | "identity_other"
  | "connect_first"
  | "passkey_unknown"
  | "passkey_refused"
  | "passkey_late"
  | "passkeys_full"
  | "address_bad"
  | "mail_off"
  | "mail_link_unknown"
  | "malformed"
  | "too_fast"
  | "busy"
  | "unavailable"
  | "unknown"
  | "internal"
  | "wrong_origin";

/** When a deed is allowed: to which roles, on one's own alone or on anyone's, and with what else in place. */
export interface Rule {
  readonly roles: readonly Role[];
  readonly own: readonly Role[];
  readonly accepted: boolean;
  readonly unmuted: boolean;
  readonly open: boolean;
  readonly in_room: boolean;
}

export const TEAM: readonly Role[] = ["moderator", "host", "keeper"];
export const HOSTS: readonly Role[] = ["host", "keeper"];
export const KEEPERS: readonly Role[] = ["keeper"];
export const EVERYONE: readonly Role[] = ["member", "moderator", "host", "keeper"];
export const NOBODY: readonly Role[] = [];
/** Who may do what: the table that the server refuses by. */
export const RIGHTS: Readonly<Record<Deed, Rule>> = {
  "room.read": { roles: EVERYONE, own: NOBODY, accepted: false, unmuted: false, open: false, in_room: true },
  "message.post": { roles: EVERYONE, own: NOBODY, accepted: true, unmuted: true, open: true, in_room: true },
  "message.edit": { roles: NOBODY, own: EVERYONE, accepted: true, unmuted: true, open: true, in_room: true },
  "message.remove": { roles: TEAM, own: EVERYONE, accepted: false, unmuted: false, open: false, in_room: true },
  "reaction.set": { roles: EVERYONE, own: NOBODY, accepted: true, unmuted: true, open: true, in_room: true },
  "place.mark": { roles: EVERYONE, own: NOBODY, accepted: false, unmuted: false, open: false, in_room: true },
  "typing.tell": { roles: EVERYONE, own: NOBODY, accepted: true, unmuted: true, open: true, in_room: true },
  "backstage.read": { roles: TEAM, own: NOBODY, accepted: false, unmuted: false, open: false, in_room: true },
  "community.read": { roles: EVERYONE, own: NOBODY, accepted: false, unmuted: false, open: false, in_room: false },
  "values.accept": { roles: EVERYONE, own: NOBODY, accepted: false, unmuted: false, open: false, in_room: false },
  "name.change": { roles: EVERYONE, own: NOBODY, accepted: false, unmuted: false, open: false, in_room: false },
  "community.leave": { roles: EVERYONE, own: NOBODY, accepted: false, unmuted: false, open: false, in_room: false },
  "room.open": { roles: HOSTS, own: NOBODY, accepted: true, unmuted: false, open: false, in_room: false },
  "room.change": { roles: HOSTS, own: NOBODY, accepted: true, unmuted: false, open: false, in_room: true },
  "room.close": { roles: HOSTS, own: NOBODY, accepted: true, unmuted: false, open: false, in_room: true },
  "room.admit": { roles: HOSTS, own: NOBODY, accepted: true, unmuted: false, open: false, in_room: true },
  "members.list": { roles: KEEPERS, own: NOBODY, accepted: false, unmuted: false, open: false, in_room: false },
  "roles.set": { roles: KEEPERS, own: NOBODY, accepted: true, unmuted: false, open: false, in_room: false },
  "member.remove": { roles: KEEPERS, own: NOBODY, accepted: true, unmuted: false, open: false, in_room: false },
  "sessions.end": { roles: KEEPERS, own: NOBODY, accepted: true, unmuted: false, open: false, in_room: false },
  "invitation.make": { roles: KEEPERS, own: NOBODY, accepted: true, unmuted: false, open: false, in_room: false },
  "invitations.list": { roles: KEEPERS, own: NOBODY, accepted: false, unmuted: false, open: false, in_room: false },
  "invitation.revoke": { roles: KEEPERS, own: NOBODY, accepted: false, unmuted: false, open: false, in_room: false },
  "community.change": { roles: KEEPERS, own: NOBODY, accepted: true, unmuted: false, open: false, in_room: false },
  "setup.finish": { roles: KEEPERS, own: NOBODY, accepted: true, unmuted: false, open: false, in_room: false },
  "health.see": { roles: KEEPERS, own: NOBODY, accepted: false, unmuted: false, open: false, in_room: false },
  "news.tell": { roles: HOSTS, own: NOBODY, accepted: true, unmuted: false, open: true, in_room: true },
  "outbox.see": { roles: KEEPERS, own: NOBODY, accepted: false, unmuted: false, open: false, in_room: false },
  "audit.read": { roles: KEEPERS, own: NOBODY, accepted: false, unmuted: false, open: false, in_room: false },
  "keeping.see": { roles: KEEPERS, own: NOBODY, accepted: false, unmuted: false, open: false, in_room: false },
  "keeping.set": { roles: KEEPERS, own: NOBODY, accepted: true, unmuted: false, open: false, in_room: false },
  "hold.set": { roles: KEEPERS, own: NOBODY, accepted: true, unmuted: false, open: false, in_room: false },
};

// What a client sends

/** Say something to everyone in a room, or answer one message. */
export interface PostMessage {
  readonly t: "message.post";
  readonly room: RoomId;
  readonly nonce: Nonce;
  readonly text: string;
  readonly reply_to?: MessageId | null;
  readonly mentions?: readonly PersonId[];
  readonly hide_name?: boolean;
}

/** Put other words in the place of one's own. */
export interface EditMessage {
  readonly t: "message.edit";
  readonly room: RoomId;
  readonly nonce: Nonce;
  readonly message: MessageId;
  readonly text: string;
  readonly mentions?: readonly PersonId[];
}

/** Take a message out of the room: one's own, or, for the team, anyone's. */
export interface RemoveMessage {
  readonly t: "message.remove";
  readonly room: RoomId;
  readonly nonce: Nonce;
  readonly message: MessageId;
}

/** The signs that someone has heard: a small, kind set first, and more behind a button. */
export type Reaction =
  | "heart"
  | "thanks"
  | "metoo"
  | "tellmore"
  | "idea"
  | "clap"
  | "smile"
  | "laugh"
  | "hug"
  | "tear"
  | "wow"
  | "strong"
  | "hope"
  | "yes"
  | "look"
  | "party"
  | "sun"
  | "flower"
  | "tea"
  | "rainbow"
  | "candle"
  | "luck"
  | "star"
  | "peace";

/** Add one's own reaction to a message, or take it back. Doing it twice changes nothing. */
export interface SetReaction {
  readonly t: "reaction.set";
  readonly room: RoomId;
  readonly nonce: Nonce;
  readonly message: MessageId;
  readonly reaction: Reaction;
  readonly on: boolean;
}

/** Remember how far I have read, on all my devices. It never moves back. */
export interface MarkRead {
  readonly t: "place.mark";
  readonly room: RoomId;
  readonly seq: number;
}

/** Tell the room that I am writing, or have stopped. Not sent while my name is hidden. */
export interface Type {
  readonly t: "typing.tell";
  readonly room: RoomId;
  readonly on: boolean;
}

/**
 * Send me what happens on a stream, from `after` on when the numbering `epoch` still lives.
 *
 * Without `epoch` the answer is a snapshot.
 */
export interface Follow {
  readonly t: "stream.follow";
  readonly stream: StreamId;
  readonly epoch?: string | null;
  readonly after?: number;
}

/** Send me no more of a stream. */
export interface Unfollow {
  readonly t: "stream.unfollow";
  readonly stream: StreamId;
}

/** A client frame: a command, and the number by which its answer will be known. */
export interface Ask {
  readonly ref: number;
  readonly do: LiveCommand;
}

/** Where a polling client stands on one stream. */
export interface PollFollow {
  readonly stream: StreamId;
  readonly epoch?: string | null;
  readonly after?: number;
}

/**
 * The body of `POST /live/poll`: where the client stands on each stream, and what it asks for.
 *
 * The answer is a list of items as on a socket, given as soon as there is one, within `wait_s` at most.
 */
export interface Poll {
  readonly tab: string;
  readonly streams: readonly PollFollow[];
  readonly asks?: readonly Ask[];
  readonly wait_s?: number;
}

// What a server sends

/**
 * Who said something, as others may see it.
 *
 * With the name hidden there is neither a person nor a name, only an `alias` made fresh for this one message.
 */
export interface Author {
  readonly person?: PersonId | null;
  readonly name?: string | null;
  readonly standing?: string | null;
  readonly role?: Role | null;
  readonly alias?: string | null;
}

/**
 * Somebody said something. `text` is what the message says now; null when it has since been removed.
 *
 * `after` is the place in the page: the number of the event that it stands behind (its own number, unless it
 * was let through later).
 */
export interface MessagePosted {
  readonly t: "message.posted";
  readonly message: MessageId;
  readonly author: Author;
  readonly text?: string | null;
  readonly reply_to?: MessageId | null;
  readonly mentions?: readonly PersonId[];
  readonly after?: number | null;
}

/** The author put other words in the place of the old ones. `text` is what the message says now. */
export interface MessageEdited {
  readonly t: "message.edited";
  readonly message: MessageId;
  readonly text?: string | null;
  readonly mentions?: readonly PersonId[];
}

/** Whose hand took a message out. */
export type RemovedBy = "author" | "team" | "age" | "erased";

/** A message was taken out. Its words are on no path any more. */
export interface MessageRemoved {
  readonly t: "message.removed";
  readonly message: MessageId;
  readonly by: RemovedBy;
}

/** Someone who spoke here has erased themselves: whatever they said under their name is on no path any more. */
export interface AuthorErased {
  readonly t: "author.erased";
  readonly person: PersonId;
  readonly edited?: readonly MessageId[];
}

/** The words of these messages were erased by those who wrote them with their name hidden. */
export interface MessagesErased {
  readonly t: "messages.erased";
  readonly messages: readonly MessageId[];
}

/** Who may be in a room. */
export type Visibility = "community" | "invited" | "team";

/** The room begins. */
export interface RoomOpened {
  readonly t: "room.opened";
  readonly title: string;
  readonly purpose: string;
  readonly visibility: Visibility;
  readonly hide_names: boolean;
}

/** The room has another title or says its purpose in other words. */
export interface RoomRenamed {
  readonly t: "room.renamed";
  readonly title: string;
  readonly purpose: string;
}

/** Other people than before may be in the room. */
export interface RoomVisibilitySet {
  readonly t: "room.visibility_set";
  readonly visibility: Visibility;
}

/** Members may, or may no longer, hide their name on a message. */
export interface HiddenNamesSet {
  readonly t: "room.hidden_names_set";
  readonly on: boolean;
}

/** The room can be read and no longer written in. */
export interface RoomClosed {
  readonly t: "room.closed";
}

/** The room can be written in again. */
export interface RoomReopened {
  readonly t: "room.reopened";
}

/** Tells its author's own devices which message with a hidden name is theirs. */
export interface OwnMessage {
  readonly t: "message.own";
  readonly room: RoomId;
  readonly message: MessageId;
}

/** A room that was not mine to enter now is. */
export interface RoomAdmitted {
  readonly t: "room.admitted";
  readonly room: RoomId;
}

/** A room that was mine to enter no longer is. */
export interface RoomDismissed {
  readonly t: "room.dismissed";
  readonly room: RoomId;
}

/** What I may do here has changed: ask anew. */
export interface RightsChanged {
  readonly t: "rights.changed";
}

/** Somebody waits for a keeper's yes to a role, or no longer does: a keeper's own home says who. */
export interface RolesWaiting {
  readonly t: "roles.waiting";
}

/** The community begins. */
export interface CommunityFounded {
  readonly t: "community.founded";
  readonly name: string;
}

/** The purpose, values or the way to reach who runs it were said anew: ask for them. */
export interface CommunityChanged {
  readonly t: "community.changed";
}

/** Someone has come in. */
export interface MemberJoined {
  readonly t: "member.joined";
  readonly person: PersonId;
  readonly name: string;
}

/** Someone is called something else from now on. What they said before keeps the name it was said under. */
export interface MemberRenamed {
  readonly t: "member.renamed";
  readonly person: PersonId;
  readonly name: string;
}

/** Someone is a member no longer. */
export interface MemberLeft {
  readonly t: "member.left";
  readonly person: PersonId;
}

/** Someone has erased themselves: their name stands nowhere any more, and they are a member no longer. */
export interface MemberErased {
  readonly t: "member.erased";
  readonly person: PersonId;
}

/** A member has a role they did not have. */
export interface RoleGiven {
  readonly t: "role.given";
  readonly person: PersonId;
  readonly role: Role;
  readonly room?: RoomId | null;
}

/** A member no longer has a role. */
export interface RoleTaken {
  readonly t: "role.taken";
  readonly person: PersonId;
  readonly role: Role;
  readonly room?: RoomId | null;
}

/** A room's line in the list is new or says something new: ask for the list. */
export interface RoomListed {
  readonly t: "room.listed";
  readonly room: RoomId;
}

/** People were told something. What it is, and whether it is for me, my home says. */
export interface NewsTold {
  readonly t: "news.told";
}

/** One person who is here now, however many tabs they have open. */
export interface Present {
  readonly person: PersonId;
  readonly name: string;
  readonly standing?: string | null;
  readonly role?: Role | null;
}

/**
 * Who is here: the number, and the people. Above 50 people only the team is named.
 *
 * `known` is false while it can't be told who is here on other nodes: then these are only some of them.
 */
export interface RosterChanged {
  readonly t: "roster.changed";
  readonly count: number;
  readonly people: readonly Present[];
  readonly named_all?: boolean;
  readonly known?: boolean;
}

/** Who is writing: three at most are named, `more` counts the rest. */
export interface TypingChanged {
  readonly t: "typing.changed";
  readonly people: readonly Present[];
  readonly more?: number;
}

/** How often each reaction stands under one message. */
export interface Tally {
  readonly message: MessageId;
  readonly counts: Readonly<Partial<Record<Reaction, number>>>;
}

/**
 * The totals of these messages as they are at `rev`.
 *
 * Who has not seen `since` has missed one and asks for the totals.
 */
export interface TallyChanged {
  readonly t: "tally.changed";
  readonly since: number;
  readonly rev: number;
  readonly tallies: readonly Tally[];
}

/** So many are writing that some are asked to wait a moment (`high`), or no longer. Of interest to the team. */
export interface PressureChanged {
  readonly t: "pressure.changed";
  readonly high: boolean;
}

/** I have read further, on another of my devices. */
export interface PlaceMoved {
  readonly t: "place.moved";
  readonly room: RoomId;
  readonly seq: number;
  readonly unread: number;
}

/** I reacted, or took it back, on another of my devices. */
export interface OwnReaction {
  readonly t: "reaction.own";
  readonly room: RoomId;
  readonly message: MessageId;
  readonly reaction: Reaction;
  readonly on: boolean;
}

/** My way back has just let another device in as me. Which one, and what I can do, `/api/me` says. */
export interface WayUsed {
  readonly t: "way.used";
}

/** The first item on every connection. Another `contract` than the page was made for: offer to reload. */
export interface Hello {
  readonly t: "hello";
  readonly contract: number;
  readonly person: PersonId;
  readonly now_ms: number;
  readonly tab: string;
}

/** The command is done and stored. `seq` is its number on the stream, `rev` that of the tally it changed. */
export interface Receipt {
  readonly t: "receipt";
  readonly ref: number;
  readonly message?: MessageId | null;
  readonly seq?: number | null;
  readonly rev?: number | null;
  readonly at_ms?: number | null;
}

/** The command was not done. `code` says why, `params` fill the words; `retry_ms` says when to try again. */
export interface Refusal {
  readonly t: "refusal";
  readonly ref: number;
  readonly code: Code;
  readonly params?: Readonly<Record<string, string | number>>;
  readonly retry_ms?: number | null;
}

/** An event: its stream, its number there, when it was, and what it was. */
export interface Happened {
  readonly t: "event";
  readonly stream: StreamId;
  readonly seq: number;
  readonly at_ms: number;
  readonly event: AnyEvent;
}

/** A signal on a stream. */
export interface Now {
  readonly t: "signal";
  readonly stream: StreamId;
  readonly signal: AnySignal;
}

/** A room as its members see it. */
export interface RoomView {
  readonly room: RoomId;
  readonly community: CommunityId;
  readonly slug: string;
  readonly title: string;
  readonly purpose: string;
  readonly visibility: Visibility;
  readonly hide_names: boolean;
  readonly closed: boolean;
}

/** A message as it stands now. `text` is null, and `removed` says why, when it was taken out. */
export interface MessageView {
  readonly message: MessageId;
  readonly seq: number;
  readonly after: number;
  readonly at_ms: number;
  readonly author: Author;
  readonly text?: string | null;
  readonly reply_to?: MessageId | null;
  readonly mentions?: readonly PersonId[];
  readonly edited_ms?: number | null;
  readonly removed?: RemovedBy | null;
  readonly counts?: Readonly<Partial<Record<Reaction, number>>>;
}

/**
 * Messages in the order of the page, each followed by nothing of its own: replies are listed in `replies`.
 *
 * `earlier` and `later` are opaque cursors; null when there is nothing more on that side.
 */
export interface Page {
  readonly messages: readonly MessageView[];
  readonly replies: readonly MessageView[];
  readonly earlier: string | null;
  readonly later: string | null;
}

/** The part of a room that is the same for all who see it, as it stands at the answer's `seq`. */
export interface RoomSnapshot {
  readonly t: "room";
  readonly room: RoomView;
  readonly page: Page;
  readonly rev: number;
  readonly roster: RosterChanged;
}

/** My own part of a room: how far I have read, what I may do, my reactions, my messages with a hidden name. */
export interface RoomMine {
  readonly name: string;
  readonly standing: string | null;
  readonly roles: readonly Role[];
  readonly admitted: boolean;
  readonly accepted: boolean;
  readonly muted_until_ms: number;
  readonly read_seq: number;
  readonly unread: number;
  readonly reactions: Readonly<Record<MessageId, readonly Reaction[]>>;
  readonly own: readonly MessageId[];
}

/**
 * The answer to `stream.follow`.
 *
 * `resumed` true: the missed events come next, from the number after the one asked for. False: nothing is known
 * to be missing only from here on; a room brings its `snapshot`, other streams are asked for anew by REST.
 * `rev` is the revision at which a room's tallies stand now: who knows an older one asks for the totals.
 */
export interface Following {
  readonly t: "following";
  readonly ref: number;
  readonly stream: StreamId;
  readonly epoch: string;
  readonly seq: number;
  readonly resumed: boolean;
  readonly rev?: number | null;
  readonly snapshot?: RoomSnapshot | null;
  readonly mine?: RoomMine | null;
}

/** A stream is no longer followed, because the right to it ended or it is gone. */
export interface Ended {
  readonly t: "ended";
  readonly stream: StreamId;
  readonly code: Code;
}

/** This node is going down. Come back in `retry_ms`; nothing is lost. */
export interface Moving {
  readonly t: "moving";
  readonly retry_ms: number;
}

// Unions, told apart by `t`

export type LiveCommand = PostMessage | EditMessage | RemoveMessage | SetReaction | MarkRead | Type | Follow | Unfollow;
export type RoomEvent =
  | MessagePosted
  | MessageEdited
  | MessageRemoved
  | AuthorErased
  | MessagesErased
  | RoomOpened
  | RoomRenamed
  | RoomVisibilitySet
  | HiddenNamesSet
  | RoomClosed
  | RoomReopened;
export type PersonEvent = OwnMessage | RoomAdmitted | RoomDismissed | RightsChanged | RolesWaiting;
export type CommunityEvent =
  | CommunityFounded
  | CommunityChanged
  | MemberJoined
  | MemberRenamed
  | MemberLeft
  | MemberErased
  | RoleGiven
  | RoleTaken
  | RoomListed
  | NewsTold;
export type AnyEvent = RoomEvent | PersonEvent | CommunityEvent;
export type RoomSignal = RosterChanged | TypingChanged | TallyChanged | PressureChanged;
export type PersonSignal = PlaceMoved | OwnReaction | WayUsed;
export type AnySignal = RoomSignal | PersonSignal;
export type ServerItem = Hello | Receipt | Refusal | Happened | Now | Following | Ended | Moving;

// REST

/** A role that I came for by a link, and have once a keeper has said yes. */
export interface AskedRole {
  readonly role: Role;
  readonly room: RoomId | null;
}

/** A community I am a member of, and what I am there. */
export interface Membership {
  readonly community: CommunityId;
  readonly slug: string;
  readonly name: string;
  readonly shown_name: string;
  readonly standing: string | null;
  readonly shows_standing: boolean;
  readonly roles: readonly Role[];
  readonly accepted: boolean;
  readonly asked: readonly AskedRole[];
  readonly dormant: readonly AskedRole[];
}

/** Whether I may have a way back (the team may not), and until when the one I have works; null when I have none. */
export interface WayBack {
  readonly allowed: boolean;
  readonly ends_ms: number | null;
}

/** A device that was let in as me by my way back, which I have not said was me. */
export interface CameBack {
  readonly session: string;
  readonly at_ms: number;
}

/** How somebody of the team shows who they are: how many passkeys they have, and whether roles need one. */
export interface Proof {
  readonly passkeys: number;
  readonly required: boolean;
}

/**
 * After how many quiet seconds somebody of the team is signed out: at a desk, where others' names and cases are on
 * the screen, and elsewhere.
 */
export interface Idle {
  readonly desk_s: number;
  readonly elsewhere_s: number;
}

/**
 * Who this browser is signed in as; `person` is null for a stranger. `shared_idle_s`: a shared device signs
 * itself out after so many quiet seconds; null on a device of one's own.
 */
export interface Me {
  readonly person: PersonId | null;
  readonly communities: readonly Membership[];
  readonly shared_idle_s: number | null;
  readonly claimed: boolean;
  readonly way_back: WayBack | null;
  readonly came_back: readonly CameBack[];
  readonly organisation: string | null;
  readonly connected: boolean;
  readonly proof: Proof | null;
  readonly idle: Idle | null;
}

/** The secret of a link, or a six-letter code (spaces, hyphens and case do not matter). */
export interface LookInvitation {
  readonly secret: string;
}

/** Whom a community is for. One plain line at the door says it; nobody's date of birth is asked for or kept. */
export type Admits = "adults" | "sixteen" | "young";

/**
 * A line of the page where people join that is in the community's own words where it has written some.
 *
 * Left empty, it is in the interface's words, and so in each reader's language. Facts that the server keeps to (whom
 * it is for, how long words are kept) are none of these: they are drawn from the settings, and can't say otherwise.
 */
export type DoorLine = "invites" | "ask" | "ask_help" | "come" | "sees" | "limit" | "not_for" | "values" | "yes";

/** What a community states, for all to see. */
export interface CommunityView {
  readonly community: CommunityId;
  readonly slug: string;
  readonly name: string;
  readonly purpose: string;
  readonly values: readonly string[];
  readonly commitments: readonly string[];
  readonly standings: readonly string[];
  readonly runs_it: string;
  readonly contact: string;
  readonly members: number;
  readonly moderators: number;
  readonly kept_days: number;
  readonly admits: Admits;
  readonly lead: string;
  readonly lead_contact: string;
  readonly door: Readonly<Partial<Record<DoorLine, string>>>;
}

/** What stands on the join screen. `room` is null when the invitation is to the whole community. */
export interface InvitationLook {
  readonly community: CommunityView;
  readonly inviter: string;
  readonly inviter_role: Role | null;
  readonly room_slug: string | null;
  readonly room_title: string | null;
  readonly role: Role;
  readonly staff: boolean;
  readonly ends_ms: number;
  readonly member: Membership | null;
  readonly kept_days: number;
}

/**
 * Come in. `shared` says that others use this device too. With a `nonce` the request can be sent again within
 * ten minutes when its answer was lost, and is the same person again.
 */
export interface JoinBody {
  readonly secret: string;
  readonly nonce?: Nonce | null;
  readonly name?: string;
  readonly standing?: string | null;
  readonly listen?: boolean;
  readonly shared?: boolean;
}

/** Where to go now. */
export interface Joined {
  readonly community_slug: string;
  readonly room_slug: string | null;
  readonly person: PersonId;
}

/** A one-use sign-in link's secret, sent by the button on its page. */
export interface SignInBody {
  readonly secret: string;
}

/** What whoever an organisation has signed in reads before they join. `roles` they have at once. */
export interface VouchedLook {
  readonly community: CommunityView;
  readonly organisation: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly shared: boolean;
  readonly ends_ms: number;
}

/**
 * Come in, as the organisation vouches for me. With the same `nonce` the request can be sent again when its answer
 * was lost. `shared` says that others use this device too.
 */
export interface JoinVouchedBody {
  readonly nonce: Nonce;
  readonly name: string;
  readonly standing?: string | null;
  readonly listen?: boolean;
  readonly shared?: boolean;
}

/** Where the browser is to go for it. */
export interface Onward {
  readonly address: string;
}

/** It is done, and there is nothing to say about it. */
export interface Done {
  readonly done: boolean;
}

/** My way back, shown this once: four words, or a link that `qr` draws as an SVG. It works once, until `ends_ms`. */
export interface WayBackMade {
  readonly words: readonly string[];
  readonly path: string;
  readonly qr: string;
  readonly ends_ms: number;
}

/**
 * Come back by the four words or by the link's secret, one of the two. With the same `nonce` the request can be
 * sent again within ten minutes when its answer was lost. `shared` says that others use this device too.
 */
export interface BackBody {
  readonly nonce: Nonce;
  readonly words?: string | null;
  readonly link?: string | null;
  readonly shared?: boolean;
}

/** The devices on which it was me who came back. */
export interface WasMeBody {
  readonly sessions: readonly string[];
}

/**
 * What a browser is to be given, as JSON in a text: for `parseCreationOptionsFromJSON` when a passkey is added, for
 * `parseRequestOptionsFromJSON` when one signs in. It holds for five minutes.
 */
export interface PasskeyOptions {
  readonly options: string;
}

/**
 * What a browser answered by a passkey, as the JSON that it writes by itself, in a text. `shared` says that others
 * use this device too.
 */
export interface PasskeySignInBody {
  readonly credential: string;
  readonly shared?: boolean;
}

/** One of my passkeys. */
export interface PasskeyLine {
  readonly passkey: string;
  readonly made_ms: number;
  readonly used_ms: number | null;
}

/** My passkeys, the newest first; whether I may have any (the team may), and whether my roles need one. */
export interface Passkeys {
  readonly passkeys: readonly PasskeyLine[];
  readonly allowed: boolean;
  readonly required: boolean;
}

/** The passkey that a browser made, as the JSON that it writes by itself, in a text. */
export interface PasskeyBody {
  readonly credential: string;
}

/** The first keeper claims the server and says what the community is for. */
export interface ClaimBody {
  readonly secret: string;
  readonly your_name: string;
  readonly community_name: string;
  readonly slug: string;
  readonly purpose: string;
  readonly values: readonly string[];
  readonly runs_it: string;
  readonly contact: string;
}

/** What it is, for people: each has its words in the browser's catalogue. */
export type KeptKind =
  | "name"
  | "words"
  | "old_words"
  | "reactions"
  | "named"
  | "places"
  | "roles"
  | "asked_roles"
  | "let_in"
  | "devices"
  | "way_back"
  | "identity"
  | "sign_in_links"
  | "passkeys"
  | "invitations"
  | "holds"
  | "marks"
  | "reach"
  | "quiet"
  | "involved"
  | "mails"
  | "news"
  | "told"
  | "number";

/** One kind of thing that is kept of me, and how many there are. */
export interface KeptLine {
  readonly what: KeptKind;
  readonly count: number;
}

/** Why words must not be erased for now. A code and no words: who reads it need not learn about whom it is. */
export type HoldReason = "safeguarding" | "complaint" | "investigation" | "court";

/** A legal hold: nothing said there is erased while it stands. `room` null: in the whole community. */
export interface HoldLine {
  readonly room: RoomId | null;
  readonly title: string;
  readonly reason: HoldReason;
  readonly since_ms: number;
}

/** What is kept of me, in numbers; `rooms` are those in which I have said something. */
export interface Kept {
  readonly kept: readonly KeptLine[];
  readonly rooms: number;
  readonly holds: readonly HoldLine[];
}

/** A page of everything that is kept of me. `rooms` says on the last page what my rooms are called. */
export interface ExportPage {
  readonly what: KeptKind;
  readonly rows: readonly (Readonly<Record<string, string | number | null>>)[];
  readonly next: string | null;
  readonly rooms: Readonly<Record<RoomId, string>>;
}

/** Erase me. The `secret`, made by the client, opens the receipt, also when this answer is lost. */
export interface EraseBody {
  readonly secret: Nonce;
}

/** What was erased. `done_ms` null: nobody can read it any more, and the rows are still being emptied. */
export interface ErasureReceipt {
  readonly receipt: string;
  readonly asked_ms: number;
  readonly done_ms: number | null;
  readonly sealed: boolean;
  readonly erased: readonly KeptLine[];
  readonly wiped_ms: number | null;
  readonly backups_ms: number | null;
  readonly until_ms: number | null;
}

/** The secret of a receipt. */
export interface ReceiptBody {
  readonly secret: Nonce;
}

/** One of my own signed-in devices. */
export interface SessionLine {
  readonly session: string;
  readonly made_ms: number;
  readonly seen_ms: number;
  readonly this: boolean;
  readonly shared: boolean;
}

/** Where I am signed in. */
export interface Sessions {
  readonly sessions: readonly SessionLine[];
}

/** On how many other devices I am signed out now. */
export interface OthersEnded {
  readonly ended: number;
}

/** A room in the list of a community's home. */
export interface RoomLine {
  readonly room: RoomId;
  readonly slug: string;
  readonly title: string;
  readonly purpose: string;
  readonly visibility: Visibility;
  readonly closed: boolean;
  readonly unread: number;
  readonly mentions: number;
  readonly here: number | null;
  readonly last_ms: number | null;
  readonly kept_days: number;
  readonly tells: boolean;
}

/** Somebody who waits for a keeper's yes to a role; keepers alone are told. */
export interface WaitingLine {
  readonly person: PersonId;
  readonly name: string;
  readonly role: Role;
  readonly room: RoomId | null;
  readonly staff: boolean;
  readonly at_ms: number;
  readonly made_by: string;
  readonly label: string;
}

/** How far a new community is that its keepers are setting up. */
export interface SettingUp {
  readonly invited: boolean;
}

/** What people are told. */
export type NewsKind = "coming" | "ideas" | "speak" | "stated" | "taken_out";

/** Something I am told. `says` and `when` are empty but for what the team wrote; `room` null: the community. */
export interface NewsLine {
  readonly news: string;
  readonly room: RoomId | null;
  readonly kind: NewsKind;
  readonly says: string;
  readonly when: string;
  readonly at_ms: number;
}

/**
 * How a member takes part, as four switches.
 *
 * To be told that a conversation is coming is a line on the home page, and a mail only for those who ticked it, so it
 * is on until it is turned off. Whatever asks something of people takes a yes.
 */
export interface Involvement {
  readonly communicate: boolean;
  readonly improve: boolean;
  readonly share: boolean;
  readonly inspire: boolean;
}

/** A community's home for one member. */
export interface Home {
  readonly community: CommunityView;
  readonly me: Membership;
  readonly rooms: readonly RoomLine[];
  readonly last_here_ms: number | null;
  readonly waiting: readonly WaitingLine[];
  readonly alone: boolean;
  readonly setting_up: SettingUp | null;
  readonly news: readonly NewsLine[];
  readonly involved: Involvement;
  readonly mail: boolean;
}

/**
 * What the community states. What may be null is left as it is by it.
 *
 * `lead` and `lead_contact` are named together, or are both empty. A line of `door` that is empty or left out is in
 * the interface's own words.
 */
export interface CommunityBody {
  readonly name: string;
  readonly purpose: string;
  readonly values: readonly string[];
  readonly runs_it: string;
  readonly contact: string;
  readonly commitments?: readonly string[] | null;
  readonly standings?: readonly string[] | null;
  readonly admits?: Admits | null;
  readonly lead?: string | null;
  readonly lead_contact?: string | null;
  readonly door?: Readonly<Partial<Record<DoorLine, string>>> | null;
}

/**
 * How I want to be called here, and how I come here (null: rather not say).
 *
 * `shows_standing` says whether others see that beside my name; null leaves it as it is.
 */
export interface MeBody {
  readonly name: string;
  readonly standing?: string | null;
  readonly shows_standing?: boolean | null;
}

/** A new room. */
export interface RoomBody {
  readonly slug: string;
  readonly title: string;
  readonly purpose?: string;
  readonly visibility?: Visibility;
  readonly hide_names?: boolean;
}

/** The new room's id and address. */
export interface RoomMade {
  readonly room: RoomId;
  readonly slug: string;
}

/** A room found by its address. */
export interface Found {
  readonly room: RoomId;
}

/** What should be different about a room; null leaves a thing as it is. */
export interface RoomChange {
  readonly title?: string | null;
  readonly purpose?: string | null;
  readonly visibility?: Visibility | null;
  readonly hide_names?: boolean | null;
  readonly closed?: boolean | null;
}

/** My own part of a page: my reactions there, and which messages with a hidden name are mine. */
export interface PageMine {
  readonly reactions: Readonly<Record<MessageId, readonly Reaction[]>>;
  readonly own: readonly MessageId[];
}

/** A page asked for by REST, with my own part of it. */
export interface HistoryPage {
  readonly messages: readonly MessageView[];
  readonly replies: readonly MessageView[];
  readonly earlier: string | null;
  readonly later: string | null;
  readonly mine: PageMine;
}

/** The totals of messages whose totals changed after the revision asked for, as many as go into one answer. */
export interface Tallies {
  readonly rev: number;
  readonly tallies: readonly Tally[];
}

/** One person, to mention or to let in. */
export interface PersonLine {
  readonly person: PersonId;
  readonly name: string;
  readonly standing: string | null;
  readonly role: Role | null;
}

/** People who match, at most 20, by name. */
export interface People {
  readonly people: readonly PersonLine[];
}

/** Let into an invited room (`admitted` true), or out of it. */
export interface AdmitBody {
  readonly admitted: boolean;
}

/** A role held in one room. */
export interface RoomRole {
  readonly room: RoomId;
  readonly role: Role;
}

/** One member, for keepers. */
export interface MemberLine {
  readonly person: PersonId;
  readonly name: string;
  readonly standing: string | null;
  readonly roles: readonly Role[];
  readonly room_roles: readonly RoomRole[];
  readonly passkey: boolean | null;
  readonly accepted: boolean;
  readonly joined_ms: number;
  readonly seen_ms: number | null;
}

/** A page of members by name; `next` is an opaque cursor. */
export interface Members {
  readonly members: readonly MemberLine[];
  readonly next: string | null;
}

/**
 * Give (`held` true) or take a role, in the community or in one room.
 *
 * With `answers` it is the yes or the no to one who waits for it, and refused when they do not any more.
 */
export interface RoleBody {
  readonly role: Role;
  readonly held: boolean;
  readonly room?: RoomId | null;
  readonly answers?: boolean;
}

/** Every kind of act that is written down. One that a command asks for has the name of its deed. */
export type What =
  | "message.remove"
  | "room.open"
  | "room.change"
  | "room.close"
  | "room.admit"
  | "roles.set"
  | "member.remove"
  | "sessions.end"
  | "invitation.make"
  | "invitation.revoke"
  | "community.change"
  | "setup.finish"
  | "news.tell"
  | "keeping.set"
  | "hold.set"
  | "identity.connect"
  | "identity.disconnect"
  | "community.found"
  | "people.link"
  | "passkey.add"
  | "passkey.remove"
  | "people.mint"
  | "server.backup"
  | "server.restore"
  | "server.key";

/** Somebody in the audit. `name` is null when they are no longer known here by any. */
export interface AuditPerson {
  readonly person: PersonId;
  readonly name: string | null;
}

/**
 * One act; `what` is null when this version does not know it. `by` is null for whoever runs the server, from the
 * command line; `room` is the room's title now.
 *
 * `details` are codes: a role, whether it is given (`held`), to whom a room is open (`visibility`), and the like.
 */
export interface AuditLine {
  readonly number: number;
  readonly at_ms: number;
  readonly what: What | null;
  readonly by: AuditPerson | null;
  readonly person: AuditPerson | null;
  readonly room: string | null;
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

/**
 * Whether the entries are as they were written: the newest `looked` of `count` just now, and all of them when the
 * server last went along the whole chain, at `checked_ms` (null: not yet). `fault` is the first that is not.
 */
export interface AuditChain {
  readonly count: number;
  readonly looked: number;
  readonly checked_ms: number | null;
  readonly fault: number | null;
}

/** A page of what was done, newest first; `next` is an opaque cursor. `chain` comes with the first page. */
export interface Audit {
  readonly lines: readonly AuditLine[];
  readonly next: string | null;
  readonly chain: AuditChain | null;
}

/** A link is sent to people, a code is read out or shown on a screen. */
export type InvitationKind = "link" | "code";

/** One invitation, for keepers; never its secret. */
export interface InvitationLine {
  readonly invitation: string;
  readonly kind: InvitationKind;
  readonly role: Role;
  readonly room: RoomId | null;
  readonly staff: boolean;
  readonly label: string;
  readonly uses: number;
  readonly used: number;
  readonly ends_ms: number;
  readonly revoked: boolean;
  readonly made_ms: number;
  readonly made_by: string;
  readonly waits: boolean;
}

/** All invitations, newest first. */
export interface Invitations {
  readonly invitations: readonly InvitationLine[];
}

/** A new invitation. `uses` 0 means without limit. */
export interface InvitationBody {
  readonly kind: InvitationKind;
  readonly role?: Role;
  readonly room?: RoomId | null;
  readonly staff?: boolean;
  readonly label?: string;
  readonly uses?: number;
  readonly ends_in_s?: number;
}

/** The invitation's secret, shown this once: `code` for a code, `path` for a link, `qr` an SVG of the link. */
export interface InvitationMade {
  readonly invitation: string;
  readonly code: string | null;
  readonly path: string;
  readonly qr: string;
}

/** One thing that was looked at, whether it is well, and what to do when it is not. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly says: string;
  readonly do: string;
}

/** How much room everything takes; null where it can't be told. The counts are near enough, not exact. */
export interface Storage {
  readonly database_bytes: number | null;
  readonly free_bytes: number | null;
  readonly messages: number | null;
  readonly events: number | null;
}

/** How the server is. `backup_ms` is when the last backup was made; null when there is none. */
export interface Health {
  readonly version: string;
  readonly checks: readonly Check[];
  readonly sockets: number;
  readonly people_here: number | null;
  readonly posted_today: number;
  readonly storage: Storage;
  readonly backup_ms: number | null;
}

/** For how long one room keeps words. `own_days` null: as long as the community. */
export interface RoomKeeping {
  readonly room: RoomId;
  readonly title: string;
  readonly own_days: number | null;
  readonly days: number;
  readonly hold: HoldReason | null;
  readonly held_since_ms: number | null;
  readonly due: number;
}

/** For how long words are kept here; `due` counts those that go with the next pass. */
export interface Keeping {
  readonly days: number;
  readonly least: number;
  readonly most: number;
  readonly hold: HoldReason | null;
  readonly held_since_ms: number | null;
  readonly rooms: readonly RoomKeeping[];
}

/** How many messages would go with the next pass if words were kept for so many days. */
export interface Due {
  readonly due: number;
}

/** Keep words for so many days; in a room, null goes by the community's. */
export interface KeepBody {
  readonly days: number | null;
  readonly room?: RoomId | null;
}

/** Begin a legal hold for a reason, in one room or in the whole community; null ends it. */
export interface HoldBody {
  readonly reason: HoldReason | null;
  readonly room?: RoomId | null;
}

/** What a person can tick to be reached for. */
export type Matter = "next_talk" | "my_words" | "changes";

/**
 * How I may be reached. `address` is mine with all but its first letter and its server left out; null: none.
 *
 * `mail` says whether this server can send mails; `failed` that there was no such address when one was sent.
 */
export interface Reach {
  readonly mail: boolean;
  readonly address: string | null;
  readonly confirmed: boolean;
  readonly failed: boolean;
  readonly ticked: readonly Matter[];
  readonly quiet_from_min: number;
  readonly quiet_to_min: number;
  readonly zone: string;
}

/** An address and what it may be used for; without an address the one I gave stays. Mails come in `language`. */
export interface ReachBody {
  readonly ticked: readonly Matter[];
  readonly address?: string | null;
  readonly language?: string;
}

/** When I want no mail, in minutes of the day in a time zone. The same twice: never quiet. */
export interface QuietBody {
  readonly from_min: number;
  readonly to_min: number;
  readonly zone: string;
}

/** The secret of a link that came by mail, sent by the button on its page. */
export interface MailLink {
  readonly secret: string;
}

/** How I take part. */
export interface InvolveBody {
  readonly communicate: boolean;
  readonly improve: boolean;
  readonly share: boolean;
  readonly inspire: boolean;
}

/** Something to tell everybody who may read a room. With the same `news` it is told once. */
export interface TellBody {
  readonly news: Nonce;
  readonly room: RoomId;
  readonly kind: NewsKind;
  readonly says: string;
  readonly when?: string;
}

/** It is told. `mail` false: in the app alone, since mail is not set up. */
export interface Told {
  readonly mail: boolean;
}

/** How many mails of one matter are in one state. */
export interface MailCount {
  readonly matter: string;
  readonly state: string;
  readonly count: number;
}

/** A mail of the demo, which goes nowhere. */
export interface KeptMail {
  readonly subject: string;
  readonly text: string;
}

/** What became of the last month's mails, never whom they went to. `mails` is for the demo alone. */
export interface Outbox {
  readonly mail: boolean;
  readonly counts: readonly MailCount[];
  readonly mails: readonly KeptMail[];
}

/** Why a request was not done (RFC 9457), with the same stable `code` and `params` as on the live connection. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: Code;
  readonly params: Readonly<Record<string, string | number>>;
  readonly detail: string;
  readonly retry_ms: number | null;
}

/** What each route takes and gives. */
export interface Routes {
  /** Who this browser is signed in as. */
  readonly me: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body?: never };
    readonly answer: Me;
  };
  /** What an invitation's link or code leads to. Uses nothing up. */
  readonly look_invitation: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body: LookInvitation };
    readonly answer: InvitationLook;
  };
  /** Come in by a link or a code. Sets the session cookie. */
  readonly join: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body: JoinBody };
    readonly answer: Joined;
  };
  /** Sign in by a one-use link. Sets the session cookie. */
  readonly sign_in: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body: SignInBody };
    readonly answer: Joined;
  };
  /** What whoever the organisation has just signed in, in this browser, reads before they join. */
  readonly look_vouched: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body?: never };
    readonly answer: VouchedLook;
  };
  /** Come in, as the organisation vouches for me. Sets the session cookie. */
  readonly join_vouched: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body: JoinVouchedBody };
    readonly answer: Joined;
  };
  /** Let the organisation's sign-in be a way in for me: where to go for it. */
  readonly connect_identity: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body?: never };
    readonly answer: Onward;
  };
  /** Let the organisation's sign-in be no way in for me any more. Roles that came by it go too. */
  readonly disconnect_identity: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body?: never };
    readonly answer: Done;
  };
  /** Make my way back: four words and a link, in place of any I had. Shown this once. */
  readonly make_way_back: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body?: never };
    readonly answer: WayBackMade;
  };
  /** Come back as oneself, by four words or a link. Sets the session cookie. */
  readonly come_back: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body: BackBody };
    readonly answer: Joined;
  };
  /** Say that it was me who came back by my way back. */
  readonly was_me: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body: WasMeBody };
    readonly answer: Done;
  };
  /** What a browser needs to sign in by a passkey. */
  readonly begin_passkey_sign_in: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body?: never };
    readonly answer: PasskeyOptions;
  };
  /** Sign in by a passkey. Sets the session cookie. */
  readonly sign_in_by_passkey: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body: PasskeySignInBody };
    readonly answer: Joined;
  };
  /** Which passkeys I have. */
  readonly passkeys: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body?: never };
    readonly answer: Passkeys;
  };
  /** What a browser needs to make a passkey, for the team. */
  readonly begin_passkey: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body?: never };
    readonly answer: PasskeyOptions;
  };
  /** Add the passkey that this browser has made. */
  readonly add_passkey: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body: PasskeyBody };
    readonly answer: Passkeys;
  };
  /** Take one of my passkeys away. Where they are required, roles have no force without the last. */
  readonly remove_passkey: {
    readonly ask: { readonly params: { readonly passkey: string }; readonly query?: never; readonly body?: never };
    readonly answer: Passkeys;
  };
  /** Claim a new server as its first keeper and name the community. */
  readonly claim: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body: ClaimBody };
    readonly answer: Joined;
  };
  /** What is kept of me, in numbers. */
  readonly kept: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body?: never };
    readonly answer: Kept;
  };
  /** Everything that is kept of me, page by page. On a shared device `here` must be `yes`. */
  readonly export: {
    readonly ask: {
      readonly params?: never;
      readonly query?: { readonly cursor?: string; readonly here?: string };
      readonly body?: never;
    };
    readonly answer: ExportPage;
  };
  /** Erase me: my name, my words and everything else that is kept of me. It can't be undone. */
  readonly erase_me: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body: EraseBody };
    readonly answer: ErasureReceipt;
  };
  /** The receipt of somebody who has erased themselves. */
  readonly receipt: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body: ReceiptBody };
    readonly answer: ErasureReceipt;
  };
  /** End this session. */
  readonly sign_out: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body?: never };
    readonly answer: Done;
  };
  /** Where I am signed in. */
  readonly sessions: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body?: never };
    readonly answer: Sessions;
  };
  /** Sign me out everywhere but here. */
  readonly end_other_sessions: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body?: never };
    readonly answer: OthersEnded;
  };
  /** End one of my sessions. */
  readonly end_session: {
    readonly ask: { readonly params: { readonly session: string }; readonly query?: never; readonly body?: never };
    readonly answer: Done;
  };
  /** A community's home: what it states, who I am there, its rooms with what is new. */
  readonly home: {
    readonly ask: { readonly params: { readonly slug: string }; readonly query?: never; readonly body?: never };
    readonly answer: Home;
  };
  /** State the purpose, values and who runs it anew, whom it is for, and the words at the door. */
  readonly change_community: {
    readonly ask: { readonly params: { readonly slug: string }; readonly query?: never; readonly body: CommunityBody };
    readonly answer: CommunityView;
  };
  /** Have no more steps of setting up shown to the keepers. */
  readonly finish_setup: {
    readonly ask: { readonly params: { readonly slug: string }; readonly query?: never; readonly body?: never };
    readonly answer: Done;
  };
  /** Be called something else, or come as something else. */
  readonly change_me: {
    readonly ask: { readonly params: { readonly slug: string }; readonly query?: never; readonly body: MeBody };
    readonly answer: Membership;
  };
  /** Say yes to the values, and so be able to write. */
  readonly accept_values: {
    readonly ask: { readonly params: { readonly slug: string }; readonly query?: never; readonly body?: never };
    readonly answer: Membership;
  };
  /** Leave the community and end this session. */
  readonly leave: {
    readonly ask: { readonly params: { readonly slug: string }; readonly query?: never; readonly body?: never };
    readonly answer: Done;
  };
  /** Begin a room. */
  readonly open_room: {
    readonly ask: { readonly params: { readonly slug: string }; readonly query?: never; readonly body: RoomBody };
    readonly answer: RoomMade;
  };
  /** A room's id by its address. */
  readonly find_room: {
    readonly ask: {
      readonly params: { readonly slug: string; readonly room_slug: string };
      readonly query?: never;
      readonly body?: never;
    };
    readonly answer: Found;
  };
  /** Change a room's title, purpose, who may be in it, or close it. */
  readonly change_room: {
    readonly ask: { readonly params: { readonly room: RoomId }; readonly query?: never; readonly body: RoomChange };
    readonly answer: Done;
  };
  /** A page of messages before or after a cursor, or around a message. */
  readonly messages: {
    readonly ask: {
      readonly params: { readonly room: RoomId };
      readonly query?: { readonly before?: string; readonly after?: string; readonly around?: MessageId };
      readonly body?: never;
    };
    readonly answer: HistoryPage;
  };
  /** One message as it stands now. */
  readonly message: {
    readonly ask: { readonly params: { readonly message: MessageId }; readonly query?: never; readonly body?: never };
    readonly answer: MessageView;
  };
  /** The totals of messages whose reactions changed after a revision. */
  readonly tallies: {
    readonly ask: {
      readonly params: { readonly room: RoomId };
      readonly query?: { readonly since?: number };
      readonly body?: never;
    };
    readonly answer: Tallies;
  };
  /** People in the room whose name begins with `q`, to mention or to let in. */
  readonly people: {
    readonly ask: {
      readonly params: { readonly room: RoomId };
      readonly query?: { readonly q?: string };
      readonly body?: never;
    };
    readonly answer: People;
  };
  /** Let a member into an invited room, or out of it. */
  readonly admit: {
    readonly ask: {
      readonly params: { readonly room: RoomId; readonly person: PersonId };
      readonly query?: never;
      readonly body: AdmitBody;
    };
    readonly answer: Done;
  };
  /** Members by name, for keepers. */
  readonly members: {
    readonly ask: {
      readonly params: { readonly slug: string };
      readonly query?: { readonly q?: string; readonly cursor?: string };
      readonly body?: never;
    };
    readonly answer: Members;
  };
  /** Give a member a role, or take it away. */
  readonly set_role: {
    readonly ask: {
      readonly params: { readonly slug: string; readonly person: PersonId };
      readonly query?: never;
      readonly body: RoleBody;
    };
    readonly answer: Done;
  };
  /** Take someone out of the community. */
  readonly remove_member: {
    readonly ask: {
      readonly params: { readonly slug: string; readonly person: PersonId };
      readonly query?: never;
      readonly body?: never;
    };
    readonly answer: Done;
  };
  /** Sign a member out on all their devices. */
  readonly end_sessions: {
    readonly ask: {
      readonly params: { readonly slug: string; readonly person: PersonId };
      readonly query?: never;
      readonly body?: never;
    };
    readonly answer: Done;
  };
  /** What keepers, hosts, moderators and whoever runs the server did, newest first, for keepers. */
  readonly audit: {
    readonly ask: {
      readonly params: { readonly slug: string };
      readonly query?: { readonly cursor?: string; readonly what?: What; readonly person?: PersonId };
      readonly body?: never;
    };
    readonly answer: Audit;
  };
  /** All invitations, newest first; never their secrets. */
  readonly invitations: {
    readonly ask: { readonly params: { readonly slug: string }; readonly query?: never; readonly body?: never };
    readonly answer: Invitations;
  };
  /** Make an invitation. Its secret is shown this once. */
  readonly make_invitation: {
    readonly ask: { readonly params: { readonly slug: string }; readonly query?: never; readonly body: InvitationBody };
    readonly answer: InvitationMade;
  };
  /** Let nobody else in by this invitation. */
  readonly revoke_invitation: {
    readonly ask: {
      readonly params: { readonly slug: string; readonly invitation: string };
      readonly query?: never;
      readonly body?: never;
    };
    readonly answer: Done;
  };
  /** How the server is, for keepers. */
  readonly health: {
    readonly ask: { readonly params: { readonly slug: string }; readonly query?: never; readonly body?: never };
    readonly answer: Health;
  };
  /** For how long words are kept, and what is held, for keepers. */
  readonly keeping: {
    readonly ask: { readonly params: { readonly slug: string }; readonly query?: never; readonly body?: never };
    readonly answer: Keeping;
  };
  /** How many messages would go if words were kept for so many days. */
  readonly keeping_due: {
    readonly ask: {
      readonly params: { readonly slug: string };
      readonly query?: { readonly days?: number; readonly room?: RoomId };
      readonly body?: never;
    };
    readonly answer: Due;
  };
  /** Keep words for another time, in the community or in one room. */
  readonly set_keeping: {
    readonly ask: { readonly params: { readonly slug: string }; readonly query?: never; readonly body: KeepBody };
    readonly answer: Done;
  };
  /** Begin or end a legal hold, in the community or in one room. */
  readonly set_hold: {
    readonly ask: { readonly params: { readonly slug: string }; readonly query?: never; readonly body: HoldBody };
    readonly answer: Done;
  };
  /** How I may be reached by mail, and when not. Nobody else can ask. */
  readonly reach: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body?: never };
    readonly answer: Reach;
  };
  /** Give an address, which is asked by mail whether it is right, or tick other things for the one I gave. */
  readonly give_address: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body: ReachBody };
    readonly answer: Reach;
  };
  /** Keep no address of mine. */
  readonly forget_address: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body?: never };
    readonly answer: Done;
  };
  /** When I want no mail. */
  readonly set_quiet: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body: QuietBody };
    readonly answer: Done;
  };
  /** Say, by the link that came there, that the address is mine. */
  readonly confirm_address: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body: MailLink };
    readonly answer: Done;
  };
  /** Stop all mails to the address that the link came to, and forget it. Done twice it is the same. */
  readonly stop_mails: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body: MailLink };
    readonly answer: Done;
  };
  /** The same, as mail programs do it (RFC 8058): any body, no session. A GET shows a page with a button. */
  readonly one_click_stop: {
    readonly ask: { readonly params: { readonly secret: string }; readonly query?: never; readonly body?: never };
    readonly answer: Done;
  };
  /** How I take part: four switches. */
  readonly involve: {
    readonly ask: { readonly params: { readonly slug: string }; readonly query?: never; readonly body: InvolveBody };
    readonly answer: Done;
  };
  /** Tell everybody who may read a room, and wants to hear of such a thing, one line and a time. */
  readonly tell_people: {
    readonly ask: { readonly params: { readonly slug: string }; readonly query?: never; readonly body: TellBody };
    readonly answer: Told;
  };
  /** Put news away. */
  readonly seen_news: {
    readonly ask: {
      readonly params: { readonly slug: string; readonly news: string };
      readonly query?: never;
      readonly body?: never;
    };
    readonly answer: Done;
  };
  /** What became of the last month's mails, in numbers, for keepers. */
  readonly outbox: {
    readonly ask: { readonly params: { readonly slug: string }; readonly query?: never; readonly body?: never };
    readonly answer: Outbox;
  };
  /** The live connection where sockets are not possible: cursors and commands in, items out. */
  readonly poll: {
    readonly ask: { readonly params?: never; readonly query?: never; readonly body: Poll };
    readonly answer: readonly ServerItem[];
  };
}
/** The parts that a route's caller may give. */
export interface RouteParts {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: object;
}
export type RouteName = keyof Routes;
export type RouteAsk<N extends RouteName> = Routes[N]["ask"];
export type RouteAnswer<N extends RouteName> = Routes[N]["answer"];
/** What `api(name, …)` takes after the name: nothing where a route takes nothing. */
export type RouteArgs<N extends RouteName> =
  Record<never, never> extends RouteAsk<N> ? [ask?: RouteAsk<N>] : [ask: RouteAsk<N>];
export interface Route {
  readonly method: "GET" | "POST" | "DELETE" | "PATCH" | "PUT";
  readonly path: string;
}
export const ROUTES: Readonly<Record<RouteName, Route>> = {
  me: { method: "GET", path: "/api/me" },
  look_invitation: { method: "POST", path: "/api/invitations/look" },
  join: { method: "POST", path: "/api/join" },
  sign_in: { method: "POST", path: "/api/sign-in" },
  look_vouched: { method: "GET", path: "/api/vouched" },
  join_vouched: { method: "POST", path: "/api/vouched/join" },
  connect_identity: { method: "POST", path: "/api/me/identity" },
  disconnect_identity: { method: "DELETE", path: "/api/me/identity" },
  make_way_back: { method: "POST", path: "/api/way-back" },
  come_back: { method: "POST", path: "/api/back" },
  was_me: { method: "POST", path: "/api/was-me" },
  begin_passkey_sign_in: { method: "POST", path: "/api/passkeys/sign-in/begin" },
  sign_in_by_passkey: { method: "POST", path: "/api/passkeys/sign-in" },
  passkeys: { method: "GET", path: "/api/passkeys" },
  begin_passkey: { method: "POST", path: "/api/passkeys/begin" },
  add_passkey: { method: "POST", path: "/api/passkeys" },
  remove_passkey: { method: "DELETE", path: "/api/passkeys/{passkey}" },
  claim: { method: "POST", path: "/api/claim" },
  kept: { method: "GET", path: "/api/me/kept" },
  export: { method: "GET", path: "/api/me/export" },
  erase_me: { method: "POST", path: "/api/me/erase" },
  receipt: { method: "POST", path: "/api/receipt" },
  sign_out: { method: "POST", path: "/api/sign-out" },
  sessions: { method: "GET", path: "/api/sessions" },
  end_other_sessions: { method: "POST", path: "/api/sessions/end-others" },
  end_session: { method: "DELETE", path: "/api/sessions/{session}" },
  home: { method: "GET", path: "/api/communities/{slug}" },
  change_community: { method: "PATCH", path: "/api/communities/{slug}" },
  finish_setup: { method: "POST", path: "/api/communities/{slug}/set-up" },
  change_me: { method: "PATCH", path: "/api/communities/{slug}/me" },
  accept_values: { method: "POST", path: "/api/communities/{slug}/accept" },
  leave: { method: "POST", path: "/api/communities/{slug}/leave" },
  open_room: { method: "POST", path: "/api/communities/{slug}/rooms" },
  find_room: { method: "GET", path: "/api/communities/{slug}/rooms/{room_slug}" },
  change_room: { method: "PATCH", path: "/api/rooms/{room}" },
  messages: { method: "GET", path: "/api/rooms/{room}/messages" },
  message: { method: "GET", path: "/api/messages/{message}" },
  tallies: { method: "GET", path: "/api/rooms/{room}/tallies" },
  people: { method: "GET", path: "/api/rooms/{room}/people" },
  admit: { method: "PUT", path: "/api/rooms/{room}/people/{person}" },
  members: { method: "GET", path: "/api/communities/{slug}/members" },
  set_role: { method: "PUT", path: "/api/communities/{slug}/members/{person}/role" },
  remove_member: { method: "DELETE", path: "/api/communities/{slug}/members/{person}" },
  end_sessions: { method: "DELETE", path: "/api/communities/{slug}/members/{person}/sessions" },
  audit: { method: "GET", path: "/api/communities/{slug}/audit" },
  invitations: { method: "GET", path: "/api/communities/{slug}/invitations" },
  make_invitation: { method: "POST", path: "/api/communities/{slug}/invitations" },
  revoke_invitation: { method: "DELETE", path: "/api/communities/{slug}/invitations/{invitation}" },
  health: { method: "GET", path: "/api/communities/{slug}/health" },
  keeping: { method: "GET", path: "/api/communities/{slug}/keeping" },
  keeping_due: { method: "GET", path: "/api/communities/{slug}/keeping/due" },
  set_keeping: { method: "PUT", path: "/api/communities/{slug}/keeping" },
  set_hold: { method: "PUT", path: "/api/communities/{slug}/hold" },
  reach: { method: "GET", path: "/api/me/reach" },
  give_address: { method: "PUT", path: "/api/me/reach" },
  forget_address: { method: "DELETE", path: "/api/me/reach" },
  set_quiet: { method: "PUT", path: "/api/me/quiet" },
  confirm_address: { method: "POST", path: "/api/reach/confirm" },
  stop_mails: { method: "POST", path: "/api/reach/stop" },
  one_click_stop: { method: "POST", path: "/stop/{secret}" },
  involve: { method: "PUT", path: "/api/communities/{slug}/involvement" },
  tell_people: { method: "POST", path: "/api/communities/{slug}/news" },
  seen_news: { method: "POST", path: "/api/communities/{slug}/news/{news}/seen" },
  outbox: { method: "GET", path: "/api/communities/{slug}/outbox" },
  poll: { method: "POST", path: "/live/poll" },
};
