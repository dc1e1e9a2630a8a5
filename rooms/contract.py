"""How commands, events and signals are declared: one frozen class each, with a wire name and an audience.

The validation, the stored form, the protocol page and the browser's types all come from these classes.
"""

from enum import StrEnum
from typing import ClassVar

from msgspec import Struct


class Audience(StrEnum):
    """Who may follow the stream that carries an event or a signal."""

    COMMUNITY = "community"
    ROOM = "room"
    BACKSTAGE = "backstage"
    PERSON = "person"


class Way(StrEnum):
    """What a command goes through, and so what it costs."""

    STREAMED = "streamed"  # numbered events on a stream
    COUNTED = "counted"  # rows and a tally, under the stream's lock, without a number
    OWN = "own"  # a row of the person's own
    PASSING = "passing"  # never stored


class Command(Struct, frozen=True, kw_only=True, tag_field="t", forbid_unknown_fields=True, omit_defaults=True):
    """Something a person asks for. Strict: a field nobody knows is refused."""

    way: ClassVar[Way] = Way.STREAMED
    # What the audit says of it besides the person and the room, if it is privileged: ids and codes, never words.
    audited: ClassVar[tuple[str, ...]] = ()


class Event(Struct, frozen=True, kw_only=True, tag_field="t", omit_defaults=True):
    """Something that happened. Stored forms are read by every later version, so unknown fields are ignored."""

    audience: ClassVar[Audience] = Audience.ROOM


class Signal(Struct, frozen=True, kw_only=True, tag_field="t", omit_defaults=True):
    """Something true just now. Never stored; it may be lost, or merged with the next."""

    audience: ClassVar[Audience] = Audience.ROOM


class Refused(Exception):  # noqa: N818 - a refusal is an answer of the protocol, not an error of ours
    """The answer no: a stable `code`, and parameters that the words for people are made with."""

    def __init__(self, code: "Code", **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class Code(StrEnum):
    """Every reason a command or a request can be refused for. Each has its words in the message catalogue."""

    # The words themselves
    EMPTY = "empty"
    TOO_LONG = "too_long"
    CONTROL_CHARACTERS = "control_characters"
    TOO_MANY_MARKS = "too_many_marks"
    # Who asks
    NOT_FOUND = "not_found"
    NOT_ALLOWED = "not_allowed"
    VALUES_FIRST = "values_first"
    MUTED = "muted"
    SIGNED_OUT = "signed_out"
    # What is asked
    ROOM_CLOSED = "room_closed"
    ALREADY_REMOVED = "already_removed"
    REPLY_TO_REPLY = "reply_to_reply"
    NAMES_ARE_SHOWN = "names_are_shown"
    TOO_MANY_MENTIONS = "too_many_mentions"
    CONFLICT = "conflict"
    ERASED = "erased"
    NAME_TAKEN = "name_taken"
    NAME_LOOKS_FULL = "name_looks_full"
    NAME_BAD = "name_bad"
    NAME_RESERVED = "name_reserved"
    SLUG_TAKEN = "slug_taken"
    STANDING_UNKNOWN = "standing_unknown"
    LEAD_NEEDED = "lead_needed"
    YOUNG_NOT_YET = "young_not_yet"
    LAST_KEEPER = "last_keeper"
    KEPT_OUT_OF_RANGE = "kept_out_of_range"
    SHARED_DEVICE = "shared_device"
    TEAM_INVITATION = "team_invitation"
    CODE_NEEDS_ROOM = "code_needs_room"
    INVITATION_UNKNOWN = "invitation_unknown"
    INVITATION_EXPIRED = "invitation_expired"
    INVITATION_USED_UP = "invitation_used_up"
    INVITATION_REVOKED = "invitation_revoked"
    ALREADY_CLAIMED = "already_claimed"
    LINK_USED = "link_used"
    WORDS_UNKNOWN = "words_unknown"
    WAY_BACK_UNKNOWN = "way_back_unknown"
    WAY_BACK_USED = "way_back_used"
    # An organisation's own sign-in
    PROVIDER_AWAY = "provider_away"
    PROVIDER_REFUSED = "provider_refused"
    PROVIDER_WRONG = "provider_wrong"
    SIGN_IN_AGAIN = "sign_in_again"
    NOT_IN_GROUP = "not_in_group"
    REMOVED_HERE = "removed_here"
    IDENTITY_TAKEN = "identity_taken"
    IDENTITY_OTHER = "identity_other"
    CONNECT_FIRST = "connect_first"
    PASSKEY_UNKNOWN = "passkey_unknown"
    PASSKEY_REFUSED = "passkey_refused"
    PASSKEY_LATE = "passkey_late"
    PASSKEYS_FULL = "passkeys_full"
    ADDRESS_BAD = "address_bad"
    MAIL_OFF = "mail_off"
    MAIL_LINK_UNKNOWN = "mail_link_unknown"
    MALFORMED = "malformed"
    # How it goes just now
    TOO_FAST = "too_fast"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"
    INTERNAL = "internal"
    WRONG_ORIGIN = "wrong_origin"
