"""What is written down of privileged acts, and that a chain shows whatever is changed in it afterwards."""

import re
from collections.abc import Callable
from enum import StrEnum
from types import NoneType
from typing import get_type_hints

import pytest
from msgspec.structs import replace

from community.commands import (
    ChangeCommunity,
    CommunityCommand,
    ConnectIdentity,
    DisconnectIdentity,
    InvitationKind,
    Join,
    MakeInvitation,
    SetRole,
    SignInVouched,
)
from rooms.audit import (
    FAULTS_LIMIT,
    FIRST,
    OTHER_KEY,
    Act,
    End,
    Entry,
    Fault,
    Found,
    Walk,
    What,
    act_of,
    deed_of,
    follow_on,
    is_privileged,
    key_of,
)
from rooms.commands import PostMessage, RemoveMessage, RoomCommand
from rooms.contract import Command
from rooms.ids import CommunityId, MessageId, Nonce, PersonId, RoomId
from rooms.rights import Deed, Role
from server.contractgen.shapes import Hint, bare, is_union, members, parts

EYES = CommunityId("01JD3V5EYES000000000000000")
KEY = key_of(b"k" * 32, EYES)
RUTH, BEN = PersonId("01JD3V5RVTH000000000000000"), PersonId("01JD3V5BEN0000000000000000")
TEA = RoomId("01JD3V5TEA0000000000000000")
SAID = MessageId("01JD3V5SA1D000000000000000")
NONCE = Nonce("Zr3kT0m1Q8yV5bJcW2dN7A")

COMMANDS = [kind for kind in (*members(RoomCommand), *members(CommunityCommand)) if issubclass(kind, Command)]


# What is written down ---------------------------------------------------------------------------------------------


def test_every_command_but_what_comes_in_is_a_deed_so_that_none_escapes_the_table() -> None:
    # What an organisation's word brings is done by nobody's right; roles that come with it are written down besides.
    assert {kind for kind in COMMANDS if deed_of(kind) is None} == {
        Join,
        SignInVouched,
        ConnectIdentity,
        DisconnectIdentity,
    }


def test_every_privileged_deed_that_a_command_is_has_its_act() -> None:
    deeds = {deed for kind in COMMANDS if (deed := deed_of(kind)) is not None and is_privileged(deed)}
    assert len(deeds) >= 11
    assert {deed.value for deed in deeds} <= {what.value for what in What}
    assert not is_privileged(Deed.POST)
    assert not is_privileged(Deed.EDIT)


@pytest.mark.parametrize("kind", COMMANDS)
def test_no_field_that_is_written_down_can_carry_words(kind: type[Command]) -> None:
    hints = get_type_hints(kind)
    for name in kind.audited:
        for hint in _alternatives(hints[name]):
            is_id = name in {"message", "invitation"}
            assert is_id or hint is bool or hint is int or issubclass(hint, StrEnum), f"{kind.__name__}.{name}"


def _alternatives(hint: Hint) -> list[type]:
    bared = bare(hint)
    return [part for part in parts(bared) if part is not NoneType] if is_union(bared) else [bared]


def test_an_act_says_who_what_to_whom_and_where_in_ids_and_codes() -> None:
    given = SetRole(community=EYES, person=BEN, role=Role.HOST, room=TEA)
    assert act_of(given, by=RUTH) == Act(
        what=What.SET_ROLES,
        by=RUTH,
        person=BEN,
        room=TEA,
        details={"role": "host", "held": True, "answers": False},
    )
    made = MakeInvitation(
        community=EYES, invitation="01X", kind=InvitationKind.CODE, secret_hash="x", ends_in_s=60, label="For Mo"
    )
    act = act_of(made, by=RUTH, noted={"staff": True})
    assert act is not None
    assert act.details == {"invitation": "01X", "kind": "code", "role": "member", "uses": 0, "staff": True}
    stated = ChangeCommunity(community=EYES, name="A", purpose="B", values=("C",), runs_it="D", contact="E")
    assert act_of(stated, by=RUTH) == Act(what=What.CHANGE_COMMUNITY, by=RUTH)


def test_ones_own_words_are_ones_own_business() -> None:
    taken_out = RemoveMessage(room=TEA, nonce=NONCE, message=SAID)
    assert act_of(taken_out, by=RUTH, own=True) is None
    assert act_of(taken_out, by=RUTH) == Act(what=What.REMOVE_MESSAGE, by=RUTH, room=TEA, details={"message": SAID})
    assert act_of(PostMessage(room=TEA, nonce=NONCE, text="hello"), by=RUTH) is None


# The chain --------------------------------------------------------------------------------------------------------


def chain(count: int, key: bytes = KEY, end: End | None = None) -> tuple[list[Entry], End]:
    acts = [Act(what=What.ADMIT, by=RUTH, person=BEN, room=TEA, details={"admitted": n % 2 == 0}) for n in range(count)]
    return follow_on(key, end or End(), acts, now_ms=1_000)


def found(entries: list[Entry], end: End, *, after: End | None = None) -> list[Found]:
    walk = Walk(KEY, after)
    walk.go(entries)
    walk.arrive(end)
    return walk.faults


def test_a_chain_is_numbered_without_holes_and_its_times_do_not_go_back() -> None:
    first, end = chain(2)
    more, end = follow_on(KEY, end, [Act(what=What.BACKUP)], now_ms=500)
    assert [entry.number for entry in [*first, *more]] == [1, 2, 3]
    assert [entry.at_ms for entry in more] == [1_000]
    assert (end.count, end.seal) == (3, more[0].seal)
    assert found([*first, *more], end) == []
    assert found(more, end, after=End(count=2, seal=first[1].seal)) == []


@pytest.mark.parametrize("field", Entry.__struct_fields__)
def test_a_change_to_any_field_shows(field: str) -> None:
    entries, end = chain(5)
    value = getattr(entries[2], field)
    other = (
        value + 1
        if isinstance(value, int)
        else re.sub(r"[0-9a-zA-Z]", lambda sign: "1" if sign[0] == "0" else "0", value, count=1)
    )
    assert other != value
    entries[2] = replace(entries[2], **{field: other})
    assert found(entries, end)[0].number == 3


Meddle = Callable[[list[Entry]], list[Entry]]


@pytest.mark.parametrize(
    ("meddle", "faults"),
    [
        (lambda rows: [*rows[:2], *rows[3:]], [Found(Fault.MISSING, 3)]),
        (lambda rows: rows[1:], [Found(Fault.MISSING, 1)]),
        (lambda rows: rows[:-1], [Found(Fault.MISSING, 5)]),
        (lambda _: [], [Found(Fault.MISSING, 1)]),
        (
            lambda rows: [rows[0], replace(rows[2], number=2), replace(rows[1], number=3), *rows[3:]],
            [Found(Fault.CHANGED, 2), Found(Fault.CHANGED, 3), Found(Fault.CHANGED, 4)],
        ),
        # One taken out, and the others moved up.
        (
            lambda rows: [rows[0], *(replace(row, number=row.number - 1) for row in rows[2:])],
            [Found(Fault.CHANGED, 2), Found(Fault.CHANGED, 3), Found(Fault.CHANGED, 4), Found(Fault.MISSING, 5)],
        ),
        (lambda rows: [*rows, replace(rows[-1], number=6)], [Found(Fault.CHANGED, 6), Found(Fault.CHANGED, 6)]),
    ],
)
def test_what_is_removed_moved_or_put_in_shows(meddle: Meddle, faults: list[Found]) -> None:
    entries, end = chain(5)
    assert found(meddle(entries), end) == faults


def test_a_chain_of_another_community_or_another_key_does_not_fit() -> None:
    for key in (key_of(b"k" * 32, CommunityId("01JD3V5SH0ES00000000000000")), key_of(b"j" * 32, EYES)):
        entries, end = chain(1, key)
        assert found(entries, end) == [Found(Fault.CHANGED, 1)]


def test_after_a_restore_under_another_key_what_came_with_it_is_told_to_be_unknown() -> None:
    before, end = chain(FAULTS_LIMIT + 5, key_of(b"j" * 32, EYES))
    anew, end = follow_on(KEY, end, [Act(what=What.RESTORE, details={OTHER_KEY: True})], now_ms=2_000)
    after, end = chain(3, end=end)
    walk = Walk(KEY)
    walk.go([*before, *anew, *after])
    walk.arrive(end)
    assert (walk.faults, walk.foreign) == ([], FAULTS_LIMIT + 5)
    # Nobody without the key can make an entry that says so.
    forged, end = follow_on(
        key_of(b"j" * 32, EYES), End(), [Act(what=What.RESTORE, details={OTHER_KEY: True})], now_ms=1
    )
    assert found(forged, end) == [Found(Fault.CHANGED, 1)]
    # And what is missing is missing.
    assert found([*before[1:], *anew], End(count=anew[0].number, seal=anew[0].seal)) == [Found(Fault.MISSING, 1)]


@pytest.mark.parametrize("what", [What.RESTORE, What.NEW_KEY])
def test_that_there_was_another_key_is_not_believed_where_entries_fit_this_one(what: What) -> None:
    before, end = chain(5)
    before[2] = replace(before[2], by="someone")
    anew, end = follow_on(KEY, end, [Act(what=what, details={OTHER_KEY: True})], now_ms=2_000)
    walk = Walk(KEY)
    walk.go([*before, *anew])
    walk.arrive(end)
    assert (walk.faults, walk.foreign) == ([Found(Fault.CHANGED, 3)], 0)


def test_of_a_lost_key_only_so_many_first_entries_are_believed_to_be() -> None:
    lost, end = chain(FAULTS_LIMIT + 5, key_of(b"j" * 32, EYES))
    after, end = chain(3, end=end)
    count = len(lost)
    anew, end = follow_on(KEY, end, [Act(what=What.NEW_KEY, details={OTHER_KEY: True, FIRST: count})], now_ms=2_000)
    assert found([*lost, *after, *anew], end) == []
    # What was changed among those after it shows, however many there are before it.
    after[1] = replace(after[1], by="someone")
    assert found([*lost, *after, *anew], end) == [Found(Fault.CHANGED, count + 2)]
