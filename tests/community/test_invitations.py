"""Ways in, and when they stop working."""

from dataclasses import replace
from itertools import cycle

import pytest

from community.commands import InvitationKind, MakeInvitation, RevokeInvitation
from community.invitations import (
    CODE_LETTERS,
    TEAM_ENDS_IN_S,
    Invitation,
    InvitingFacts,
    as_code,
    closed,
    looks_like_code,
    make_invitation,
    new_code,
    revoke_invitation,
)
from rooms.contract import Code, Refused
from rooms.ids import CommunityId
from rooms.rights import Role, Visibility
from tests.community.people import ADA, CLINIC, EYES, HOST, KEEPER, MEMBER, room

OPEN = Invitation(
    id="i",
    community=EYES,
    kind=InvitationKind.LINK,
    role=Role.MEMBER,
    room=None,
    standing=None,
    uses=0,
    used=7,
    ends_ms=1000,
    revoked=False,
    made_by=ADA,
)
ASKED = MakeInvitation(
    community=EYES, invitation="i", kind=InvitationKind.LINK, secret_hash="h", ends_in_s=60, label="  For Tuesday "
)
KNOWN = InvitingFacts(actor=KEEPER, room=None, standings=("patient", "staff"), made=False, secret_taken=False)


@pytest.mark.parametrize(
    ("invitation", "code"),
    [
        (OPEN, None),
        (replace(OPEN, uses=8), None),
        (None, Code.INVITATION_UNKNOWN),
        (replace(OPEN, uses=7), Code.INVITATION_USED_UP),
        (replace(OPEN, ends_ms=999), Code.INVITATION_EXPIRED),
        (replace(OPEN, revoked=True, ends_ms=1), Code.INVITATION_REVOKED),
    ],
)
def test_an_invitation_says_why_it_is_closed(invitation: Invitation | None, code: Code | None) -> None:
    assert closed(invitation, now_ms=999) is code


@pytest.mark.parametrize(
    "typed", ["KMNPQR", "kmnpqr", " kmn pqr ", "KMN-PQR", "k.m.n.p.q.r", "KMN\u2013PQR", "kmn\tpqr"]
)
def test_a_code_is_the_same_however_it_is_typed(typed: str) -> None:
    assert as_code(typed) == "KMNPQR"


@pytest.mark.parametrize("typed", ["", "KMNPQ", "KMNPQRS", "KMNPQ1", "KMNPQO", "KMNPQI", "ÄMNPQR", "\u0131MNPQR"])
def test_other_texts_are_no_codes(typed: str) -> None:
    assert as_code(typed) is None


def test_a_new_code_is_one() -> None:
    letters = cycle(CODE_LETTERS)
    code = new_code(lambda _: next(letters))
    assert as_code(code) == code
    assert not set("ILO01") & set(CODE_LETTERS)


def test_a_mistyped_code_is_told_from_a_link() -> None:
    assert looks_like_code("KMNPQ1")
    assert not looks_like_code("s" * 32)


@pytest.mark.parametrize("typed", ["KMNPQR" + " " * 32, "-" * 40 + "KMNPQR", "K M  N   P    Q     R               "])
def test_a_code_with_ever_so_many_blanks_is_a_guess_like_any_other(typed: str) -> None:
    assert as_code(typed) == "KMNPQR"
    assert looks_like_code(typed)


def test_an_invitation_is_made() -> None:
    assert make_invitation(KNOWN, ASKED, now_ms=0) == "For Tuesday"


def test_the_same_invitation_is_not_made_twice() -> None:
    assert make_invitation(replace(KNOWN, made=True), ASKED, now_ms=0) is None


@pytest.mark.parametrize(
    ("facts", "change", "code"),
    [
        (replace(KNOWN, actor=None), {}, Code.NOT_FOUND),
        (replace(KNOWN, actor=MEMBER), {}, Code.NOT_ALLOWED),
        (replace(KNOWN, actor=HOST), {}, Code.NOT_ALLOWED),
        (replace(KNOWN, actor=replace(KEEPER, accepted=False)), {}, Code.VALUES_FIRST),
        (KNOWN, {"room": CLINIC}, Code.NOT_FOUND),
        (replace(KNOWN, room=room()), {"room": CLINIC, "role": Role.KEEPER}, Code.MALFORMED),
        (KNOWN, {"kind": InvitationKind.CODE, "role": Role.HOST}, Code.NOT_ALLOWED),
        (KNOWN, {"kind": InvitationKind.CODE}, Code.CODE_NEEDS_ROOM),
        (
            replace(KNOWN, room=room(visibility=Visibility.TEAM)),
            {"kind": InvitationKind.CODE, "room": CLINIC},
            Code.CODE_NEEDS_ROOM,
        ),
        (replace(KNOWN, room=room(closed=True)), {"kind": InvitationKind.CODE, "room": CLINIC}, Code.ROOM_CLOSED),
        (KNOWN, {"role": Role.HOST, "uses": 0, "ends_in_s": 60}, Code.TEAM_INVITATION),
        (KNOWN, {"role": Role.MODERATOR, "uses": 2, "ends_in_s": 60}, Code.TEAM_INVITATION),
        (KNOWN, {"role": Role.KEEPER, "uses": 1, "ends_in_s": TEAM_ENDS_IN_S + 1}, Code.TEAM_INVITATION),
        (KNOWN, {"standing": "chief"}, Code.STANDING_UNKNOWN),
        (replace(KNOWN, secret_taken=True), {}, Code.CONFLICT),
        (KNOWN, {"label": "x" * 81}, Code.TOO_LONG),
    ],
)
def test_an_invitation_that_may_not_be_made_says_why(
    facts: InvitingFacts, change: dict[str, object], code: Code
) -> None:
    asked = MakeInvitation(**{**{name: getattr(ASKED, name) for name in ASKED.__struct_fields__}, **change})
    with pytest.raises(Refused) as refused:
        make_invitation(facts, asked, now_ms=0)
    assert refused.value.code is code


@pytest.mark.parametrize(
    "change",
    [
        {"room": CLINIC, "role": Role.HOST, "uses": 1, "ends_in_s": 60},
        {"role": Role.KEEPER, "uses": 1, "ends_in_s": TEAM_ENDS_IN_S},
        {"kind": InvitationKind.CODE, "room": CLINIC},
        {"standing": "staff"},
        {"standing": "patient"},
    ],
)
def test_other_invitations_may_be_made(change: dict[str, object]) -> None:
    asked = MakeInvitation(**{**{name: getattr(ASKED, name) for name in ASKED.__struct_fields__}, **change})
    assert make_invitation(replace(KNOWN, room=room()), asked, now_ms=0) == "For Tuesday"


def test_an_invitation_is_revoked_once() -> None:
    command = RevokeInvitation(community=EYES, invitation="i")
    assert revoke_invitation(KEEPER, OPEN, command, now_ms=0)
    assert not revoke_invitation(KEEPER, replace(OPEN, revoked=True), command, now_ms=0)


def test_a_foreign_invitation_and_an_unknown_one_are_not_found() -> None:
    command = RevokeInvitation(community=EYES, invitation="i")
    for found in (None, replace(OPEN, community=CommunityId("another"))):
        with pytest.raises(Refused) as refused:
            revoke_invitation(KEEPER, found, command, now_ms=0)
        assert refused.value.code is Code.NOT_FOUND
