"""What a community says of itself."""

from dataclasses import replace

import pytest
from msgspec.structs import replace as changed

from community.commands import ChangeCommunity, FinishSetup
from community.door import Admits, DoorLine
from community.facts import Stated
from community.stating import change_community, differs, finish_setup
from community.text import line, passage
from rooms.contract import Code, Refused
from tests.community.people import EYES, KEEPER, MEMBER

NOW = Stated(
    id=EYES,
    name="Eyes",
    purpose="To see.",
    values=("Listen.",),
    commitments=("Answer.",),
    standings=("patient", "staff"),
    runs_it="A",
    contact="B",
    lead="Ruth",
    lead_contact="C",
    door={DoorLine.LIMIT: "We tell."},
)
SAME = ChangeCommunity(
    community=EYES, name=" Eyes ", purpose="To see.\n", values=("Listen.", " "), runs_it="A", contact="B"
)


def test_only_a_difference_counts() -> None:
    assert change_community(KEEPER, NOW, SAME, now_ms=0) is None
    assert change_community(KEEPER, NOW, changed(SAME, name="Shoes"), now_ms=0) == replace(NOW, name="Shoes")


def test_what_differs_is_told_by_field_and_never_in_words() -> None:
    after = replace(NOW, admits=Admits.SIXTEEN, lead="Mo", door={DoorLine.LIMIT: "We never tell."})
    assert differs(NOW, after) == {"admits": "sixteen", "lead": True, "door": True}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": ""}, Code.EMPTY),
        ({"purpose": "\n"}, Code.EMPTY),
        ({"values": ("v",) * 9}, Code.TOO_LONG),
        ({"values": ("v" * 161,)}, Code.TOO_LONG),
        ({"runs_it": "x" * 121}, Code.TOO_LONG),
        ({"contact": "a\x1bb"}, Code.CONTROL_CHARACTERS),
        ({"contact": "a\u2067b"}, Code.CONTROL_CHARACTERS),
        ({"commitments": ("v" * 161,)}, Code.TOO_LONG),
        ({"lead": "x" * 121}, Code.TOO_LONG),
        ({"standings": tuple(map(str, range(9)))}, Code.TOO_LONG),
        # Nobody comes as what would speak for others, however it is written.
        ({"standings": ("St\u0430ff",)}, Code.NAME_RESERVED),
        ({"standings": ("NHS",)}, Code.NAME_RESERVED),
        ({"standings": ("x" * 41,)}, Code.TOO_LONG),
        ({"door": {DoorLine.YES: "x" * 201}}, Code.TOO_LONG),
        ({"door": {DoorLine.YES: "a\u2067b"}}, Code.CONTROL_CHARACTERS),
        # A name that can't be reached helps nobody.
        ({"lead": ""}, Code.LEAD_NEEDED),
        ({"lead_contact": " "}, Code.LEAD_NEEDED),
        ({"admits": Admits.YOUNG, "lead": "", "lead_contact": ""}, Code.LEAD_NEEDED),
        ({"admits": Admits.YOUNG}, Code.YOUNG_NOT_YET),
    ],
)
def test_words_that_will_not_do_say_why(change: dict[str, object], code: Code) -> None:
    with pytest.raises(Refused) as refused:
        change_community(KEEPER, NOW, changed(SAME, **change), now_ms=0)
    assert refused.value.code is code


@pytest.mark.parametrize(
    ("change", "after"),
    [
        ({"admits": Admits.SIXTEEN}, {"admits": Admits.SIXTEEN}),
        ({"lead": " Hana ", "lead_contact": "the desk"}, {"lead": "Hana", "lead_contact": "the desk"}),
        ({"lead": "", "lead_contact": ""}, {"lead": "", "lead_contact": ""}),
        ({"commitments": ("Listen.", "")}, {"commitments": ("Listen.",)}),
        # Staff is always one, last, and each is there once.
        ({"standings": ("carer", "Carer", " ", "staff", "friend")}, {"standings": ("carer", "friend", "staff")}),
        ({"standings": ()}, {"standings": ("staff",)}),
        ({"door": {DoorLine.ASK: " Your\nname? ", DoorLine.YES: " "}}, {"door": {DoorLine.ASK: "Your name?"}}),
        ({"door": {}}, {"door": {}}),
    ],
)
def test_what_is_said_anew_takes_its_place_and_the_rest_stays(
    change: dict[str, object], after: dict[str, object]
) -> None:
    assert change_community(KEEPER, NOW, changed(SAME, **change), now_ms=0) == replace(NOW, **after)  # type: ignore[arg-type]  # made in the table above


def test_setting_up_is_over_once_and_for_all_keepers() -> None:
    assert finish_setup(KEEPER, NOW, FinishSetup(community=EYES), now_ms=0)
    assert not finish_setup(KEEPER, replace(NOW, set_up=True), FinishSetup(community=EYES), now_ms=0)
    with pytest.raises(Refused) as refused:
        finish_setup(MEMBER, NOW, FinishSetup(community=EYES), now_ms=0)
    assert refused.value.code is Code.NOT_ALLOWED


def test_only_keepers_speak_for_the_community() -> None:
    with pytest.raises(Refused) as refused:
        change_community(MEMBER, NOW, SAME, now_ms=0)
    assert refused.value.code is Code.NOT_ALLOWED


def test_a_title_is_one_line_and_a_purpose_may_be_several_or_none() -> None:
    assert line(" The\n tea \t table ", limit=20) == "The tea table"
    assert passage(" one\ntwo ", limit=20) == "one\ntwo"
    assert passage(" \n ", limit=20) == ""
    assert line("می‌خواهم", limit=20) == "می‌خواهم"
