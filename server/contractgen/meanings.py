"""What the protocol page says of single fields and codes, where the declarations' own docstrings leave off.

A field whose name means the same everywhere stands here once. One that means something of its own is better told
beside it, with `Meta(description=…)` in its declaration; that one comes first.
"""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from rooms.commands import MENTIONS_LIMIT
from rooms.contract import Code
from server.contractgen.shapes import Shape, limits

_NAMED = f"the people it {{}}, {MENTIONS_LIMIT} at most; those who may not read the room are left out"

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        # What is meant
        "room": "the room",
        "RoomSnapshot.room": "how the room is set",
        "stream": "the stream",
        "community": "the community",
        "person": "the person",
        "Author.person": "who said it; absent when the name is hidden",
        "Hello.person": "who you are signed in as",
        "message": "the message",
        "Receipt.message": "the new message's id",
        "author": "who said it, as others may see it",
        # Numbers and order
        "ref": "the number the client gave the command",
        "Ask.ref": "a number of your choice, given back with the answer",
        "seq": "the event's number on its stream",
        "MarkRead.seq": "the number of the newest event that was seen",
        "MessageView.seq": "the number it was posted under",
        "PlaceMoved.seq": "the number up to which I have read",
        "Receipt.seq": "the number of the event that came of it; absent when it was so already or has none",
        "Following.seq": "the next event is number `seq` + 1",
        "epoch": "the life of the numbering that the cursor belongs to; without it the answer is a snapshot",
        "Following.epoch": "the life of the numbering that now counts",
        "after": "the newest number that was applied",
        "edited": "which of their messages were edited",
        "MessagesErased.messages": "which",
        "MessagePosted.after": "the number of the event it stands behind; absent: its own",
        "MessageView.after": "the number of the event it stands behind, mostly its own",
        "at_ms": "when it was stored, by the database's clock",
        "rev": "the revision of the room's totals",
        "Receipt.rev": "the revision of the totals that counts it",
        "since": "the revision these totals follow on",
        "nonce": "the sender's id of the command; the same one is never done twice",
        # Words
        "text": "what it says now; absent when it has since been removed",
        "PostMessage.text": "the words",
        "EditMessage.text": "the new words",
        "reply_to": "the message it answers",
        "mentions": "the people it names",
        "PostMessage.mentions": _NAMED.format("names"),
        "EditMessage.mentions": _NAMED.format("names now"),
        "hide_name": "say it without a name, where the room allows it",
        "edited_ms": "when it was last edited",
        "removed": "who took it out, when it was",
        "by": "who took it out",
        "alias": "stands for the author of this one message when the name is hidden",
        # People
        "name": "how they are called here",
        "CommunityFounded.name": "what the community is called",
        "RoomMine.name": "how I am called here",
        "standing": "how they come to the community; absent when they would rather not say, or not have it seen",
        "RoomMine.standing": "how I come to the community, as others see it; null when I would rather not",
        "role": "the role shown beside the name",
        "RoleGiven.role": "the role",
        "RoleTaken.role": "the role",
        "RoleGiven.room": "where they have it; absent: everywhere in the community",
        "RoleTaken.room": "where they had it; absent: everywhere in the community",
        "people": "the people, named",
        "count": "how many are here",
        "high": "whether some are being asked to wait",
        "named_all": "whether `people` are all of them",
        "known": "false while it can't be told who is on other nodes: `people` are then only some of those here",
        "more": "how many more are writing",
        # The room as it is set
        "title": "its title",
        "purpose": "what it is for",
        "slug": "its name in addresses",
        "visibility": "who may be in it",
        "hide_names": "whether a name may be hidden on a message",
        "closed": "whether it can only be read",
        # Reactions
        "reaction": "which sign",
        "on": "true: add it; false: take it back",
        "OwnReaction.on": "true: I added it; false: I took it back",
        "Type.on": "true: I am writing; false: I have stopped",
        "HiddenNamesSet.on": "whether they may now",
        "counts": "how often each reaction stands there; those nobody chose are left out",
        "tallies": "the totals of each message that changed",
        # Snapshots and pages
        "resumed": "whether the cursor was good",
        "snapshot": "the room as it stands at `seq`; with `resumed` false on a room's stream",
        "mine": "my own part of the room; on a room's stream",
        "page": "the newest messages",
        "roster": "who is here",
        "messages": "the messages, by their place",
        "replies": "the answers to them, by their place",
        "earlier": "a cursor for the page before; null when there is none",
        "later": "a cursor for the page after; null when there is none",
        "roles": "my roles in the community and in the room together",
        "admitted": "whether I was let into the room, which matters in an invited one",
        "accepted": "whether I have said yes to the values",
        "muted_until_ms": "until when I am muted; in the past when I am not",
        "read_seq": "the number up to which I have read",
        "unread": "how many messages by others, not removed, stand after my place",
        "reactions": "my reactions, by message",
        "own": "which messages with a hidden name are mine",
        # The connection
        "do": "the command",
        "contract": "the contract's version",
        "now_ms": "the server's time",
        "tab": "the id of this connection",
        "Poll.tab": "an id you make once for each tab",
        "code": "why not",
        "Ended.code": "why it ended",
        "params": "what the words for people are made with",
        "retry_ms": "how long to wait before another try",
        "Moving.retry_ms": "how long to wait before coming back",
        "event": "what happened",
        "signal": "what is true now",
        "streams": "each stream to follow, with its cursor",
        "asks": "the commands",
        "wait_s": "how long to wait when there is nothing to tell",
    }
)

# What a client does next: try the same again by itself, or not.
CODES: Mapping[Code, tuple[str, bool]] = MappingProxyType(
    {
        Code.EMPTY: ("Nothing would be seen: no words, or only spaces and invisible characters.", False),
        Code.TOO_LONG: ("The text has `length` code points after NFC; `limit` is the most.", False),
        Code.CONTROL_CHARACTERS: ("The text holds control characters other than tab and line feed.", False),
        Code.TOO_MANY_MARKS: ("More than `limit` combining marks stand on one letter.", False),
        Code.NOT_FOUND: ("It isn't there, or it is not yours to see: the answer is the same.", False),
        Code.NOT_ALLOWED: ("Your roles don't allow it.", False),
        Code.VALUES_FIRST: ("You came to listen only. Accept the values first.", False),
        Code.MUTED: ("You may read, and not write for now.", False),
        Code.SIGNED_OUT: ("There is no session, or it has ended.", False),
        Code.ROOM_CLOSED: ("The room is closed: it can only be read.", False),
        Code.ALREADY_REMOVED: ("The message has been removed.", False),
        Code.REPLY_TO_REPLY: ("An answer can't be answered; answer the message it stands under.", False),
        Code.NAMES_ARE_SHOWN: ("This room doesn't let names be hidden.", False),
        Code.TOO_MANY_MENTIONS: ("More than `limit` people are named.", False),
        Code.CONFLICT: ("The nonce was used for something else, or what you meant has changed meanwhile.", False),
        Code.ERASED: ("It was done once, as number `seq`, and has been erased since. Nothing was stored now.", False),
        Code.NAME_TAKEN: ("A member has this name, or one that looks like it.", False),
        Code.NAME_LOOKS_FULL: ("It looks like a full real name; a first name is enough.", False),
        Code.NAME_BAD: ("The name can't be shown.", False),
        Code.TEAM_INVITATION: ("An invitation to a role is for one use, within so many `hours`.", False),
        Code.CODE_NEEDS_ROOM: ("A code is for the people of one room. Name it.", False),
        Code.NAME_RESERVED: ("The name speaks for the team, or for the server.", False),
        Code.SLUG_TAKEN: ("Another one has this address.", False),
        Code.LEAD_NEEDED: (
            "Name the lead for concerns and how to reach them, both; young people can't do without.",
            False,
        ),
        Code.YOUNG_NOT_YET: (
            "No community can be for young people yet: what they write can't be held until a grown-up has read it.",
            False,
        ),
        Code.STANDING_UNKNOWN: ("The community has no such standing, or it is given by invitation alone.", False),
        Code.LAST_KEEPER: ("A community can't be without a keeper.", False),
        Code.KEPT_OUT_OF_RANGE: ("Words are kept for `least` to `most` days here.", False),
        Code.SHARED_DEVICE: ("Others use this device: say that you want it here all the same.", False),
        Code.INVITATION_UNKNOWN: ("There is no such link or code.", False),
        Code.INVITATION_EXPIRED: ("The invitation has run out.", False),
        Code.INVITATION_USED_UP: ("The invitation was used as often as it may be.", False),
        Code.INVITATION_REVOKED: ("The invitation was taken back.", False),
        Code.ALREADY_CLAIMED: ("The server has its first keeper.", False),
        Code.LINK_USED: ("The one-use link was used, or has run out.", False),
        Code.WORDS_UNKNOWN: ("Word `number` of a way back is none of its words; 0: there are not four.", False),
        Code.WAY_BACK_UNKNOWN: ("There is no such way back, or it has run out.", False),
        Code.WAY_BACK_USED: ("The way back was used; it works once.", False),
        Code.PROVIDER_AWAY: ("The organisation's provider does not answer just now.", True),
        Code.PROVIDER_REFUSED: ("The organisation's provider has not signed anybody in.", False),
        Code.PROVIDER_WRONG: ("What the organisation's provider says can't be believed. The log says why.", False),
        Code.SIGN_IN_AGAIN: (
            "The sign-in at the organisation was used, took too long, or is another browser's.",
            False,
        ),
        Code.NOT_IN_GROUP: ("None of their groups at the organisation comes in here.", False),
        Code.REMOVED_HERE: ("A keeper has taken them out; only an invitation brings them back.", False),
        Code.IDENTITY_TAKEN: ("This sign-in of the organisation's is another member's.", False),
        Code.IDENTITY_OTHER: ("They have another sign-in of the organisation's, and there can be one.", False),
        Code.CONNECT_FIRST: ("A member is signed in here who has not connected this sign-in.", False),
        Code.PASSKEY_UNKNOWN: ("No such passkey is known here: it was removed, or is another server's.", False),
        Code.PASSKEY_REFUSED: ("The passkey's answer does not hold.", False),
        Code.PASSKEY_LATE: ("It took more than five minutes, or was answered already. Begin again.", False),
        Code.PASSKEYS_FULL: ("There are `limit` passkeys already. Remove one first.", False),
        Code.ADDRESS_BAD: ("That is no mail address, or more than one.", False),
        Code.MAIL_OFF: ("Mail is not set up on this server.", False),
        Code.MAIL_LINK_UNKNOWN: ("There is no such link in a mail, or its time is over.", False),
        Code.MALFORMED: ("It isn't what this page describes: a mistake of the client's.", False),
        Code.TOO_FAST: ("Too much at once; `retry_ms` says when to go on.", True),
        Code.BUSY: ("Too many people at once in this place.", True),
        Code.UNAVAILABLE: ("The server can't store anything just now.", True),
        Code.UNKNOWN: ("Whether it was done can't be told just now. The same nonce makes it safe to ask again.", True),
        Code.INTERNAL: ("A fault of the server's; nothing was done. The log knows it by `reference`.", True),
        Code.WRONG_ORIGIN: ("The `Origin` is not the server's own, or `X-Hearth` is missing.", False),
    }
)

CLOSES: Mapping[str, str] = MappingProxyType(
    {
        "MALFORMED": "a frame was not exactly one command in the form of this subprotocol",
        "SIGNED_OUT": "the session has ended",
        "NOT_FOUND": "what the connection was for is gone, or no longer yours to see",
        "TOO_LARGE": "a frame was larger than 64 KiB",
        "INTERNAL": "a fault of the server's",
        "STALLED": "nothing was read for 20 seconds while there was something to send",
        "MOVING": "this node is going down",
    }
)


def meaning(kind: type[Struct], shape: Shape) -> str:
    """What a field of `kind` means; empty when nobody has said."""
    told = [meta.description for meta in limits(shape.hint) if meta.description]
    return told[0] if told else FIELDS.get(f"{kind.__name__}.{shape.name}", FIELDS.get(shape.name, ""))
