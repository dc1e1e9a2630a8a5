"""What the OpenAPI document says of single fields and parameters that only the REST routes have.

Those that the protocol page has too are told there and here in the same words (see `meanings`).
"""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from server.contractgen.meanings import meaning
from server.contractgen.shapes import Shape, limits
from server.streams.reading_sql import UNREAD_LIMIT

_SECRET = "the last part of the link's address, or the six letters of a code in any writing"  # noqa: S105 - words
_STANDINGS = "one of the community's `standings`, or null for: rather not say"
_ADMITS = "whom it is for: `adults` (18 and over), `sixteen` (16 and over), `young` (also younger; not possible yet)"
_ADDRESS = "its name in addresses"
_CURSOR = "a cursor that an answer gave"

_INVOLVED = {
    "communicate": "tell me when a conversation is coming",
    "improve": "ask me for ideas, votes and trying things",
    "share": "I may be asked whether my words can be used in a story",
    "inspire": "I may be asked to speak for the community",
}

# By the class that has them; what a class leaves out here is told by its field's name in `meanings`.
FIELDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "AskedRole": {
            "role": "which",
            "room": "in which room; null in the whole community",
        },
        "Membership": {
            "asked": "what I wait for",
            "community": "its id",
            "slug": _ADDRESS,
            "name": "what the community is called",
            "shown_name": "how I am called there",
            "standing": "how I come to it; null when I would rather not say",
            "shows_standing": "whether others see that beside my name; staff is always seen",
            "roles": "my roles in the whole community; those held in one room come with the room",
        },
        "Me": {
            "person": "my id; null for a stranger",
            "communities": "where I am a member",
            "shared_idle_s": "after so many quiet seconds a shared device is signed out; null on a device of one's own",
            "claimed": "false while nobody keeps this server yet",
            "way_back": "how I can come back on another device; null for a stranger",
            "came_back": "who came in as me by my way back, and I have not said it was me; not told to them",
        },
        "LookInvitation": {"secret": _SECRET},
        "CommunityView": {
            "community": "its id",
            "slug": _ADDRESS,
            "name": "what the community is called",
            "values": "what everybody says yes to before they write",
            "commitments": "what the community promises to those who come",
            "standings": "what a newcomer may choose from; staff is given by an invitation alone",
            "runs_it": "who runs it, for people",
            "contact": "how to reach them",
            "members": "how many members there are",
            "moderators": "how many of them moderate in the community or in a room",
            "kept_days": "how long what is said is kept",
            "admits": _ADMITS,
            "lead": "who is to be told of a concern about somebody, by name; empty when nobody is named",
            "lead_contact": "how to reach them; empty when nobody is named",
            "door": "the lines of the page where people join that are in the community's own words, by their names",
        },
        "InvitationLook": {
            "community": "what it leads to",
            "inviter": "who made the invitation",
            "inviter_role": "the role shown beside their name",
            "room_slug": "the room it leads to; null when it is to the whole community",
            "room_title": "that room's title",
            "role": "what one is to be there; more than a member only once a keeper has said yes",
            "staff": "whether it makes those who come by it staff",
            "ends_ms": "when it runs out",
            "member": "who I am there already; null for a newcomer",
            "kept_days": "for how many days what is said there is kept",
        },
        "JoinBody": {
            "secret": _SECRET,
            "nonce": "made by the client; the request sent again with it within ten minutes is the same person again",
            "name": "how to be called here; may be empty with `listen`, and for a member who comes again",
            "standing": _STANDINGS,
            "listen": "come in without saying yes to the values yet: one may read and not write",
            "shared": "others use this device too",
        },
        "Joined": {
            "community_slug": "the community's name in addresses",
            "room_slug": "the room to open first; null for the community's home",
            "person": "who you are now",
        },
        "SignInBody": {"secret": "the last part of the link's address"},
        "WayBack": {
            "allowed": "whether I may have one: the team may not",
            "ends_ms": "until when the one I have works; null when I have none, or it was used",
        },
        "CameBack": {"session": "its id, by which it can be ended", "at_ms": "when it came in"},
        "WayBackMade": {
            "words": "four plain words; their order matters, how they are written does not",
            "path": "the link's address",
            "qr": "a picture of the link, as SVG",
            "ends_ms": "when it runs out",
        },
        "BackBody": {
            "nonce": "made by the client; sent again with it within ten minutes, it is let in again",
            "words": "the four words in any writing, or null",
            "link": "the last part of the link's address, or null",
            "shared": "others use this device too",
        },
        "WasMeBody": {"sessions": "those of `came_back` that I know"},
        "ClaimBody": {
            "secret": "the last part of the address that the start printed",
            "your_name": "how the first keeper is called",
            "community_name": "what the community is called",
            "slug": _ADDRESS,
            "values": "what everybody says yes to before they write",
            "runs_it": "who runs it, for people",
            "contact": "how to reach them",
        },
        "KeptLine": {"what": "what it is", "count": "how many"},
        "HoldLine": {
            "room": "in which room; null: in the whole community",
            "title": "what the room is called, where I may still read it",
            "reason": "why, as a code",
            "since_ms": "since when",
        },
        "Kept": {
            "kept": "each kind of which there is something",
            "rooms": "in how many rooms I have said something",
            "holds": "what keeps words of mine from being erased for now",
        },
        "ExportPage": {
            "what": "what kind of thing the rows are",
            "rows": "what is kept, by the names of its columns; times in milliseconds since 1970",
            "next": "the cursor of the next page; null on the last",
            "rooms": "what the rooms that I may read are called, by their ids",
        },
        "EraseBody": {"secret": "made by the client, and kept to itself: by it the receipt is found again"},
        "ReceiptBody": {"secret": "the one that was sent with the wish to be erased"},
        "ErasureReceipt": {
            "receipt": "its id",
            "asked_ms": "when it was asked for; nobody could read anything from then on",
            "done_ms": "when the last row was emptied; null while that goes on",
            "sealed": "a legal hold keeps words, where nobody can read them, until it ends",
            "erased": "what there was, in numbers",
            "wiped_ms": "until when it is overwritten on the disk",
            "backups_ms": "until when it is gone from the server's own backups",
            "until_ms": "until when this receipt can be looked at",
        },
        "KeepBody": {
            "days": "how many; null: as the community, in a room alone",
            "room": "in which room; null: in the community",
        },
        "HoldBody": {
            "reason": "why, as a code; null ends the hold",
            "room": "on which room; null: on the whole community",
        },
        "RoomKeeping": {
            "own_days": "what the room says by itself; null: as the community",
            "days": "what counts",
            "hold": "why nothing is erased here for now; null: it is",
            "held_since_ms": "since when",
            "due": "how many messages are older, and go with the next pass",
        },
        "Keeping": {
            "days": "for how many days the community keeps words",
            "least": "the least that can be chosen",
            "most": "the most that can be chosen",
            "hold": "why nothing is erased in the whole community for now; null: it is",
            "held_since_ms": "since when",
            "rooms": "each room",
        },
        "Due": {"due": "how many messages"},
        "Done": {"done": "always true"},
        "SessionLine": {
            "session": "its id, by which it can be ended",
            "made_ms": "when it was signed in",
            "seen_ms": "when it was last used, to ten minutes",
            "this": "whether it is the one that asks",
            "shared": "whether others use the device too",
        },
        "Sessions": {"sessions": "each of them"},
        "RoomLine": {
            "unread": f"how many messages by others, not removed, stand after my place; {UNREAD_LIMIT:,} at most",
            "mentions": "how many of them name me",
            "here": "how many people are there now; null when that is not known",
            "last_ms": "when something was last said; null when nothing was",
            "kept_days": "for how many days what is said there is kept",
            "tells": "whether I may tell people of it",
        },
        "Home": {
            "community": "what it states",
            "me": "who I am there",
            "rooms": "those I may read",
            "last_here_ms": "when I was last there before this visit; null the first time",
            "waiting": "who came by a link to a role and waits for a keeper's yes; keepers alone are told",
            "alone": "whether I am the only keeper",
            "news": "what I am told and have not put away, the newest first",
            "involved": "how I take part",
            "mail": "whether this server can send mails",
            "setting_up": "how far setting up is; null for others than keepers, and when it is over",
        },
        "SettingUp": {"invited": "whether anybody was asked in yet, other than to a role"},
        "CommunityBody": {
            "name": "what the community is called",
            "values": "what everybody says yes to before they write",
            "runs_it": "who runs it, for people",
            "contact": "how to reach them",
            "commitments": "what the community promises to those who come",
            "standings": "what a newcomer may choose from; staff is always one, and given by an invitation alone",
            "admits": _ADMITS,
            "lead": "who is to be told of a concern about somebody, by name; empty: nobody",
            "lead_contact": "how to reach them; empty when nobody is named",
            "door": "the lines of the page where people join that are in the community's own words, by their names",
        },
        "MeBody": {
            "name": "how I want to be called",
            "standing": _STANDINGS,
            "shows_standing": "whether others see that beside my name; null leaves it as it is",
        },
        "HistoryPage": {"mine": "my own part of the page"},
        "Tallies": {
            "rev": "up to which revision these are all; whoever knows of a later one asks again from there",
            "tallies": "the totals of each message that changed",
        },
        "PersonLine": {"standing": "how they come to the community; null when they would rather not have it seen"},
        "People": {"people": "those found"},
        "AdmitBody": {"admitted": "true: let in; false: let out"},
        "WaitingLine": {
            "role": "what they came for",
            "room": "in which room; null in the whole community",
            "staff": "whether a yes makes them staff as well",
            "at_ms": "when they came by the link",
            "made_by": "who made the link",
            "label": "the note its maker wrote to it",
        },
        "RoomRole": {"role": "the role they have there"},
        "MemberLine": {
            "standing": "how they come to the community; null when they would rather not have it seen",
            "roles": "their roles in the whole community",
            "room_roles": "their roles in single rooms",
            "accepted": "whether they have said yes to the values",
            "joined_ms": "when they came in",
            "seen_ms": "when one of their devices was last used, roughly; null when none is signed in",
        },
        "Members": {"members": "by name", "next": "the cursor of the next page; null when there is none"},
        "AuditPerson": {"person": "their id", "name": "how they are called now; null when nobody knows them any more"},
        "AuditLine": {
            "number": "its place in the community's chain, from 1",
            "at_ms": "when it was done",
            "what": "what was done; null for something that this version does not know",
            "by": "who did it; null: whoever runs the server, from the command line",
            "person": "to whom; of a removed message its author, unless their name was hidden",
            "room": "the room's title; null when it was in none, or there is none any more",
            "details": "codes and numbers that say more, by name",
        },
        "AuditChain": {
            "count": "how many acts are written down",
            "looked": "how many of the newest were held against their seals just now",
            "checked_ms": "when the server last went along all of them; null: not yet",
            "fault": "the number of the first that is not as it was written; null: all that were looked at are",
        },
        "Audit": {
            "lines": "newest first",
            "next": "the cursor of the next page; null when there is none",
            "chain": "whether they are as they were written; null on later pages",
        },
        "Storage": {
            "database_bytes": "how large the database is",
            "free_bytes": "how much room is left where the data folder is",
            "messages": "about how many messages there are, those removed among them",
            "events": "about how many events",
        },
        "RoleBody": {
            "role": "which",
            "held": "true: give it; false: take it",
            "room": "in this room alone; null: in the whole community",
            "answers": "whether this is the yes or the no to somebody who waits for the role",
        },
        "InvitationLine": {
            "invitation": "its id",
            "kind": "how it is passed on",
            "role": "what those who come by it are",
            "room": "where it leads, and where the role counts; null: the whole community",
            "staff": "whether it makes those who come by it staff",
            "label": "what its keeper called it",
            "uses": "how often it may be used; 0 without limit",
            "used": "how often it was",
            "ends_ms": "when it runs out",
            "revoked": "whether it was taken back",
            "made_ms": "when it was made",
            "made_by": "who made it, by name",
            "waits": "whether somebody who came by it waits for a yes to its role",
        },
        "Invitations": {"invitations": "each of them"},
        "InvitationBody": {
            "kind": "how it is passed on; a code gives no role, is for one room, and ends the room's code before it",
            "role": "what those who come by it are",
            "room": "where it leads, and where the role counts; null: the whole community",
            "staff": "make those who come by it staff; a standing, and no right",
            "label": "a note for keepers",
            "uses": "how often it may be used; 0 without limit; one that gives a role, once",
            "ends_in_s": "for how long it works; one that gives a role, for 72 hours at most",
        },
        "InvitationMade": {
            "invitation": "its id",
            "code": "the six letters; null for a link",
            "path": "the link's path, to be put behind the server's address",
            "qr": "the link as an SVG picture",
        },
        "Check": {
            "name": "what was looked at",
            "ok": "whether it is well",
            "says": "what was found, for people",
            "do": "what to do about it, for people",
        },
        "Health": {
            "version": "which Hearth this is",
            "checks": "what was looked at",
            "sockets": "how many live connections are open",
            "people_here": "how many people are in a room, on all nodes; null when that can't be known just now",
            "posted_today": "how many messages the community got in the last 24 hours",
            "storage": "how much room everything takes",
            "backup_ms": "when the last backup was made; null when there is none",
        },
        "NewsLine": {
            "news": "its id",
            "room": "which room it is about; null for the community",
            "kind": "what it is about",
            "says": "the line that the team wrote; empty for what follows from something that was done",
            "when": "the time, in the team's words; empty when they gave none",
            "at_ms": "when it was told",
        },
        "Involvement": _INVOLVED,
        "InvolveBody": _INVOLVED,
        "Reach": {
            "mail": "whether this server can send mails",
            "address": "my address, all but its first letter and its server left out; null when I gave none",
            "confirmed": "whether I have said, by the link that came there, that it is mine",
            "failed": "whether there was no such address when a mail was sent",
            "ticked": "what it may be used for",
            "quiet_from_min": "from which minute of the day I want no mail",
            "quiet_to_min": "until which",
            "zone": "in which time zone, by its name in the IANA list",
        },
        "ReachBody": {
            "ticked": "what it may be used for",
            "address": "one mail address; null keeps the one I gave",
            "language": "in which language mails come",
        },
        "QuietBody": {
            "from_min": "from which minute of the day",
            "to_min": "until which; the same twice: never quiet",
            "zone": "in which time zone, by its name in the IANA list",
        },
        "MailLink": {"secret": _SECRET},
        "TellBody": {
            "news": "an id of the client's choice; the same is told once",
            "room": "which room it is about: who may read it is told",
            "kind": "what it is about; `coming`, `ideas` or `speak`",
            "says": "one line",
            "when": "the time, in words; may be empty",
        },
        "Told": {"mail": "whether mails go out too; false when mail is not set up"},
        "MailCount": {
            "matter": "what they are about: a kind of news, or `confirm`",
            "state": "`waiting`, `sending`, `sent`, `failed`, `dropped` (not wanted any more) or `unsure`",
            "count": "how many, in the last 30 days",
        },
        "KeptMail": {"subject": "its subject", "text": "its text"},
        "Outbox": {
            "mail": "whether mail is set up",
            "counts": "how many mails of each matter are in each state; never whom they went to",
            "mails": "the newest mails of a demo, which sends none; empty elsewhere",
        },
        "Problem": {
            "type": "the code once more, as a URN",
            "title": "the status in words",
            "status": "the HTTP status",
            "detail": "what is wrong, for whoever writes the client; never for people",
            "retry_ms": "how long to wait before another try; null when that would change nothing",
        },
    }
)

PARAMETERS: Mapping[str, str] = MappingProxyType(
    {
        "slug": "the community's name in addresses",
        "room_slug": "the room's name in addresses",
        "room": "the room's id",
        "message": "the message's id",
        "person": "the person's id",
        "session": "the session's id",
        "invitation": "the invitation's id",
        "news": "the news' id",
        "secret": "the secret of the link that came by mail",
        "before": f"{_CURSOR} as `earlier`: the page before",
        "after": f"{_CURSOR} as `later`: the page after",
        "around": "a message's id: the page with it in the middle",
        "cursor": f"{_CURSOR} as `next`",
        "days": "for how many days words would be kept",
        "here": "`yes`: on this device, though others use it too",
        "since": "the revision that the client knows; 0 when it is left out",
        "q": "how the name begins; all when it is left out",
        "what": "acts of this kind alone; all when it is left out",
    }
)


def rest_meaning(kind: type[Struct], shape: Shape) -> str:
    """What a field means in a document that has the live connection's forms as well; empty when nobody has said."""
    own = [meta.description for meta in limits(shape.hint) if meta.description]
    return own[0] if own else FIELDS.get(kind.__name__, {}).get(shape.name) or meaning(kind, shape)
