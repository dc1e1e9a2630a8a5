"""What a community says of itself."""

from dataclasses import replace

import pytest
from msgspec.structs import replace as changed

from community.commands import ChangeCommunity
from community.facts import Stated
from community.stating import change_community
from community.text import line, passage
from rooms.contract import Code, Refused
from tests.community.people import EYES, KEEPER, MEMBER

NOW = Stated(
    id=EYES, name="Eyes", purpose="To see.", values=("Listen.",), standings=("patient",), runs_it="A", contact="B"
)
SAME = ChangeCommunity(
    community=EYES, name=" Eyes ", purpose="To see.\n", values=("Listen.", " "), runs_it="A", contact="B"
)


def test_only_a_difference_counts() -> None:
    assert change_community(KEEPER, NOW, SAME, now_ms=0) is None
    assert change_community(KEEPER, NOW, changed(SAME, name="Shoes"), now_ms=0) == replace(NOW, name="Shoes")


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
    ],
)
def test_words_that_will_not_do_say_why(change: dict[str, object], code: Code) -> None:
    with pytest.raises(Refused) as refused:
        change_community(KEEPER, NOW, changed(SAME, **change), now_ms=0)
    assert refused.value.code is code


def test_only_keepers_speak_for_the_community() -> None:
    with pytest.raises(Refused) as refused:
        change_community(MEMBER, NOW, SAME, now_ms=0)
    assert refused.value.code is Code.NOT_ALLOWED


def test_a_title_is_one_line_and_a_purpose_may_be_several_or_none() -> None:
    assert line(" The\n tea \t table ", limit=20) == "The tea table"
    assert passage(" one\ntwo ", limit=20) == "one\ntwo"
    assert passage(" \n ", limit=20) == ""
    assert line("می‌خواهم", limit=20) == "می‌خواهم"
