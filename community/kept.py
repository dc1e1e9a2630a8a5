"""What is kept of a person: each place of the database that has something of them, in one list.

What a person is shown, what their file holds and what erasing them does are all read from it. A table that names a
person and does not stand here fails a test.
"""

from dataclasses import dataclass
from enum import StrEnum


class KeptKind(StrEnum):
    """What it is, for people: each has its words in the browser's catalogue."""

    NAME = "name"
    WORDS = "words"
    OLD_WORDS = "old_words"
    REACTIONS = "reactions"
    NAMED = "named"
    PLACES = "places"
    ROLES = "roles"
    ASKED_ROLES = "asked_roles"
    LET_IN = "let_in"
    DEVICES = "devices"
    WAY_BACK = "way_back"
    IDENTITY = "identity"
    SIGN_IN_LINKS = "sign_in_links"
    PASSKEYS = "passkeys"
    INVITATIONS = "invitations"
    HOLDS = "holds"
    MARKS = "marks"
    REACH = "reach"
    QUIET = "quiet"
    INVOLVED = "involved"
    MAILS = "mails"
    NEWS = "news"
    TOLD = "told"
    NUMBER = "number"


class Gone(StrEnum):
    """What erasing does to it."""

    # The row goes at once, with the first step.
    ROW = "row"
    # There may be very many: they go in parts, and nobody can read them meanwhile.
    PARTS = "parts"
    # What was written in it goes, the row and the person's number stay.
    EMPTIED = "emptied"
    # A number without a name, which others' rows need to stay whole.
    STAYS = "stays"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One column that names a person, and what to do about the rows that name them there.

    `exported` are the columns that the person's file holds: never a secret, and nothing of anybody else. With `of` the
    rows belong to a row of `message` that the person wrote. What is not `counted` has no index to count it by.
    """

    table: str
    column: str
    what: KeptKind
    gone: Gone
    exported: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    of: str | None = None
    counted: bool = True


KEPT: tuple[Kept, ...] = (
    Kept(
        table="member",
        column="person",
        what=KeptKind.NAME,
        gone=Gone.ROW,
        exported=(
            "community",
            "name",
            "standing",
            "shows_standing",
            "joined_ms",
            "accepted_ms",
            "here_ms",
            "left_ms",
            "removed_ms",
            "invitation",
        ),
    ),
    Kept(
        table="message",
        column="author",
        what=KeptKind.WORDS,
        gone=Gone.PARTS,
        exported=("id", "room", "at_ms", "text", "hidden", "reply_to", "edited_ms", "removed", "removed_ms"),
    ),
    Kept(
        table="old_words",
        column="message",
        what=KeptKind.OLD_WORDS,
        gone=Gone.PARTS,
        exported=("message", "text", "erase_ms"),
        of="message",
    ),
    Kept(table="reaction", column="person", what=KeptKind.REACTIONS, gone=Gone.PARTS, exported=("message", "kind")),
    Kept(table="mention", column="person", what=KeptKind.NAMED, gone=Gone.ROW, exported=("message", "room")),
    Kept(table="read_place", column="person", what=KeptKind.PLACES, gone=Gone.ROW, exported=("room", "seq")),
    Kept(table="role", column="person", what=KeptKind.ROLES, gone=Gone.ROW, exported=("community", "role", "room")),
    Kept(
        table="asked_role",
        column="person",
        what=KeptKind.ASKED_ROLES,
        gone=Gone.ROW,
        exported=("community", "role", "room", "at_ms"),
    ),
    Kept(table="room_member", column="person", what=KeptKind.LET_IN, gone=Gone.ROW, exported=("room", "since_ms")),
    Kept(
        table="session",
        column="person",
        what=KeptKind.DEVICES,
        gone=Gone.ROW,
        exported=("shared", "made_ms", "seen_ms", "ends_ms"),
    ),
    Kept(
        table="way_back",
        column="person",
        what=KeptKind.WAY_BACK,
        gone=Gone.ROW,
        exported=("made_ms", "ends_ms", "used_ms"),
    ),
    Kept(table="passkey", column="person", what=KeptKind.PASSKEYS, gone=Gone.ROW, exported=("made_ms", "used_ms")),
    Kept(table="sign_in_link", column="person", what=KeptKind.SIGN_IN_LINKS, gone=Gone.ROW, exported=("ends_ms",)),
    Kept(table="identity", column="person", what=KeptKind.IDENTITY, gone=Gone.ROW, exported=("made_ms", "used_ms")),
    Kept(table="vouched_role", column="person", what=KeptKind.ROLES, gone=Gone.ROW, exported=("community", "role")),
    Kept(
        table="invitation",
        column="made_by",
        what=KeptKind.INVITATIONS,
        gone=Gone.EMPTIED,
        exported=("id", "community", "kind", "role", "room", "label", "uses", "used", "made_ms", "ends_ms"),
        emptied=("label",),
    ),
    Kept(
        table="hold",
        column="person",
        what=KeptKind.HOLDS,
        gone=Gone.STAYS,
        exported=("community", "room", "reason", "since_ms"),
    ),
    # The address itself is sealed: its owner reads it on the page about them.
    Kept(
        table="reach",
        column="person",
        what=KeptKind.REACH,
        gone=Gone.ROW,
        exported=("next_talk", "my_words", "changes", "language", "made_ms", "confirmed_ms", "failed_ms"),
    ),
    Kept(
        table="quiet_hours",
        column="person",
        what=KeptKind.QUIET,
        gone=Gone.ROW,
        exported=("from_min", "to_min", "zone"),
    ),
    Kept(
        table="involvement",
        column="person",
        what=KeptKind.INVOLVED,
        gone=Gone.ROW,
        exported=("community", "communicate", "improve", "share", "inspire"),
    ),
    Kept(
        table="outbox",
        column="person",
        what=KeptKind.MAILS,
        gone=Gone.ROW,
        exported=("community", "kind", "at_ms", "state", "done_ms"),
    ),
    Kept(table="news", column="person", what=KeptKind.NEWS, gone=Gone.ROW, exported=("room", "kind", "at_ms")),
    Kept(
        table="news",
        column="made_by",
        what=KeptKind.TOLD,
        gone=Gone.EMPTIED,
        exported=("community", "room", "kind", "says", "when_words", "at_ms"),
        emptied=("says", "when_words"),
    ),
    Kept(table="seen_news", column="person", what=KeptKind.NEWS, gone=Gone.ROW, counted=False),
    # The nonce of each thing that was sent. What could tell the words is taken from it, and the same nonce is never
    # used for anything else.
    Kept(table="nonce", column="person", what=KeptKind.MARKS, gone=Gone.PARTS, counted=False),
    # What was done by somebody of the team, or to them: the chain would break without it.
    Kept(table="audit", column="actor", what=KeptKind.NUMBER, gone=Gone.STAYS, counted=False),
    Kept(table="audit", column="person", what=KeptKind.NUMBER, gone=Gone.STAYS, counted=False),
    Kept(table="narrowing", column="person", what=KeptKind.NUMBER, gone=Gone.STAYS, counted=False),
    Kept(table="erasure", column="person", what=KeptKind.NUMBER, gone=Gone.STAYS, counted=False),
)
