"""Ways in: links that are sent and six-letter codes that are read out, and when they stop working."""

from collections.abc import Callable
from dataclasses import dataclass

from community.commands import InvitationKind, MakeInvitation, RevokeInvitation
from community.facts import STAFF, Member, Room, require
from community.text import passage
from rooms.contract import Code, Refused
from rooms.ids import CommunityId, PersonId, RoomId
from rooms.rights import Deed, Role, Visibility

# Without I, L and O, which are taken for one another and for digits. 23 letters make 148 million codes: with wrong
# tries limited, far too many to find one that lives for an evening.
CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 6
# 24 random bytes; a link works for weeks and nobody types it.
LINK_LENGTH = 32
LABEL_LIMIT = 80
# A way to a role over others is passed on to one person, who is waited for: forgotten, it must not stay open.
TEAM_ENDS_IN_S = 72 * 3_600
# Hyphens and dashes of all lengths, and what people type instead of a blank.
_BETWEEN = "-._\u2010\u2011\u2012\u2013\u2014"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A way in, without its secret. `uses` 0 means without limit."""

    id: str
    community: CommunityId
    kind: InvitationKind
    role: Role
    room: RoomId | None
    standing: str | None
    uses: int
    used: int
    ends_ms: int
    revoked: bool
    made_by: PersonId


def closed(invitation: Invitation | None, *, now_ms: int) -> Code | None:
    """Why nobody comes in by `invitation` any more; None when people do."""
    if invitation is None:
        return Code.INVITATION_UNKNOWN
    if invitation.revoked:
        return Code.INVITATION_REVOKED
    if invitation.ends_ms <= now_ms:
        return Code.INVITATION_EXPIRED
    if 0 < invitation.uses <= invitation.used:
        return Code.INVITATION_USED_UP
    return None


def as_code(text: str) -> str | None:
    """The six letters that `text` means, however it was typed; None when it is no code."""
    letters = "".join(sign for sign in text.upper() if not sign.isspace() and sign not in _BETWEEN)
    if len(letters) == CODE_LENGTH and all(sign in CODE_LETTERS for sign in letters):
        return letters
    return None


def looks_like_code(text: str) -> bool:
    """Whether someone who typed `text` meant a code, a wrong one perhaps, and not a link."""
    # Blanks and hyphens make a code as long as a link, and it opens the same door.
    return len(text) < LINK_LENGTH or as_code(text) is not None


def new_code(choose: Callable[[str], str]) -> str:
    """A fresh code; `choose` picks one of the letters by chance."""
    return "".join(choose(CODE_LETTERS) for _ in range(CODE_LENGTH))


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitingFacts:
    """What must be known to ask people in. `secret_taken`: another invitation has the same code by chance."""

    actor: Member | None
    room: Room | None
    standings: tuple[str, ...]
    made: bool
    secret_taken: bool


def make_invitation(facts: InvitingFacts, command: MakeInvitation, *, now_ms: int) -> str | None:
    """The label of the new invitation; None when this very command made it before."""
    require(facts.actor, Deed.INVITE, now_ms=now_ms)
    if facts.made:
        return None
    if command.room is not None and facts.room is None:
        raise Refused(Code.NOT_FOUND)
    if command.role is Role.KEEPER and command.room is not None:
        raise Refused(Code.MALFORMED)
    if command.role is not Role.MEMBER and command.kind is InvitationKind.CODE:
        # A code stands on a wall and may be guessed: it never hands out rights over others.
        raise Refused(Code.NOT_ALLOWED)
    if command.kind is InvitationKind.CODE:
        _may_have_a_code(facts.room)
    if command.role is not Role.MEMBER and (command.uses != 1 or command.ends_in_s > TEAM_ENDS_IN_S):
        raise Refused(Code.TEAM_INVITATION, hours=TEAM_ENDS_IN_S // 3_600)
    if command.standing not in {None, STAFF, *facts.standings}:
        raise Refused(Code.STANDING_UNKNOWN)
    if facts.secret_taken:
        raise Refused(Code.CONFLICT)
    return passage(command.label, limit=LABEL_LIMIT)


def _may_have_a_code(room: Room | None) -> None:
    """A code is read out where people are together, for what happens in one room that they may then be in."""
    if room is None or room.state.visibility is Visibility.TEAM:
        raise Refused(Code.CODE_NEEDS_ROOM)
    if room.state.closed:
        raise Refused(Code.ROOM_CLOSED)


def revoke_invitation(
    actor: Member | None, found: Invitation | None, command: RevokeInvitation, *, now_ms: int
) -> bool:
    """Whether the invitation has to be ended; false when that was done before."""
    require(actor, Deed.REVOKE_INVITATION, now_ms=now_ms)
    if found is None or found.community != command.community:
        raise Refused(Code.NOT_FOUND)
    return not found.revoked
