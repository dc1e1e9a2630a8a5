"""What a mail address is, who is written to about what, when it is quiet, and what mails say."""

import pytest
from msgspec.structs import replace as changed

from community.commands import TellPeople
from community.events import NewsTold
from community.letters import LANGUAGES, About, confirming, telling
from community.reach import (
    BY_THE_TEAM,
    Involvement,
    Matter,
    NewsKind,
    Quiet,
    concerns,
    mail_address,
    mailed,
    masked,
    matter_of,
    quiet_left_min,
)
from community.telling import tell_people
from rooms.contract import Code, Refused
from rooms.rights import Visibility
from tests.community.people import CLINIC, EYES, HOST, KEEPER, MEMBER, MODERATOR, room

EVERYTHING = frozenset(Matter)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ada@example.org", "ada@example.org"),
        (" Ada.Lovelace+eyes@Mail.Example.ORG ", "Ada.Lovelace+eyes@mail.example.org"),
        ("o'brien@xn--bcher-kva.example", "o'brien@xn--bcher-kva.example"),
    ],
)
def test_an_address_is_one_addressee(typed: str, meant: str) -> None:
    assert mail_address(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@localhost",
        "ada@example.org, eve@example.org",
        "ada@example.org;eve@example.org",
        "ada@example.org\r\nBcc: eve@example.org",
        "ada@example.org\n",
        "ada\0@example.org",
        "Ada <ada@example.org>",
        '"ada eve"@example.org',
        "ada@eve@example.org",
        "ada..b@example.org",
        ".ada@example.org",
        "ada@-example.org",
        "ada@example..org",
        "ada@[192.0.2.1]",
        "ada%eve@ex ample.org",
        "żółw@example.org",
        "ada@exämple.org",
        "a" * 65 + "@example.org",
        "ada@" + "b." * 130 + "org",
    ],
)
def test_what_is_not_one_addressee_is_refused(typed: str) -> None:
    with pytest.raises(Refused) as refused:
        mail_address(typed)
    assert refused.value.code is Code.ADDRESS_BAD


def test_an_address_is_shown_so_that_its_owner_knows_it_and_nobody_learns_it() -> None:
    assert masked("ada.lovelace@example.org") == "a…@example.org"


def test_nothing_is_mailed_that_was_not_ticked() -> None:
    for kind in NewsKind:
        assert not mailed(kind, Involvement(improve=True, share=True, inspire=True), frozenset())
        matter = matter_of(kind)
        others = EVERYTHING - ({matter} if matter is not None else set())
        assert not mailed(kind, Involvement(improve=True, share=True, inspire=True), others)
        assert mailed(kind, Involvement(), EVERYTHING) == (matter is not None)


def test_the_switches_steer_what_one_is_told() -> None:
    assert not mailed(NewsKind.COMING, Involvement(communicate=False), EVERYTHING)
    assert {kind for kind in NewsKind if concerns(kind, Involvement(communicate=False))} == {
        NewsKind.STATED,
        NewsKind.TAKEN_OUT,
    }
    # Whatever asks something of people takes a yes.
    assert not concerns(NewsKind.IDEAS, Involvement())
    assert concerns(NewsKind.IDEAS, Involvement(improve=True))
    assert not concerns(NewsKind.SPEAK, Involvement())
    assert concerns(NewsKind.SPEAK, Involvement(inspire=True))


@pytest.mark.parametrize(("hour", "left_h"), [(21, 11), (23, 9), (0, 8), (7, 1), (8, 0), (12, 0), (20, 0)])
def test_the_night_is_quiet(hour: int, left_h: int) -> None:
    assert quiet_left_min(Quiet(), hour * 60) == left_h * 60


def test_quiet_hours_may_be_in_the_day_or_never() -> None:
    nap = Quiet(from_min=13 * 60, to_min=15 * 60)
    assert [quiet_left_min(nap, minute) for minute in (12 * 60 + 59, 13 * 60, 14 * 60 + 59, 15 * 60)] == [0, 120, 1, 0]
    assert not any(quiet_left_min(Quiet(from_min=60, to_min=60), minute) for minute in range(0, 1440, 30))


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_mails_hold_their_links_and_no_subject_holds_what_somebody_wrote(language: str) -> None:
    about = About(
        community="Eyes", says="Tea and cake.", when="Thursday at 3", link="https://t/l", stop_link="https://t/s"
    )
    asked = confirming(language, about)
    assert "https://t/l" in asked.text
    for kind in (NewsKind.COMING, NewsKind.STATED, NewsKind.TAKEN_OUT):
        letter = telling(kind, language, about)
        assert {"Tea and cake.", "Thursday at 3", "https://t/l", "https://t/s"} <= set(letter.text.splitlines())
        assert letter.subject.isprintable()
        assert not {"Eyes", "Tea"} & set(letter.subject.split())


def test_an_unknown_language_is_english() -> None:
    about = About(community="Eyes", link="https://t/l")
    assert confirming("xx", about) == confirming("en", about)


@pytest.mark.parametrize("kind", sorted(set(NewsKind) - {NewsKind.COMING, NewsKind.STATED, NewsKind.TAKEN_OUT}))
def test_what_is_told_in_the_app_alone_has_no_mail(kind: NewsKind) -> None:
    with pytest.raises(ValueError, match="in the app alone"):
        telling(kind, "en", About(community="Eyes", link="https://t/l"))


TELL = TellPeople(
    community=EYES, room=CLINIC, news="n", kind=NewsKind.COMING, says=" Tea  and cake. ", when="Thursday at 3"
)


def test_the_hosts_tell_people_one_line_and_a_time() -> None:
    for actor in (HOST, KEEPER):
        told = tell_people(actor, room(), TELL, told=False, now_ms=0)
        assert told is not None
        assert (told.says, told.when, told.outcome.events) == ("Tea and cake.", "Thursday at 3", (NewsTold(),))
        assert tell_people(actor, room(), TELL, told=True, now_ms=0) is None
    plain = tell_people(HOST, room(), changed(TELL, when="  "), told=False, now_ms=0)
    assert plain is not None
    assert plain.when == ""


def test_others_tell_nobody_anything() -> None:
    closed, invited = room(closed=True), room(visibility=Visibility.INVITED)
    for actor, place, code in (
        (MEMBER, room(), Code.NOT_ALLOWED),
        (MODERATOR, room(), Code.NOT_ALLOWED),
        (HOST, closed, Code.ROOM_CLOSED),
        (HOST, invited, Code.NOT_FOUND),
        (HOST, None, Code.NOT_FOUND),
    ):
        with pytest.raises(Refused) as refused:
            tell_people(actor, place, TELL, told=False, now_ms=0)
        assert refused.value.code is code


@pytest.mark.parametrize("kind", sorted(set(NewsKind) - BY_THE_TEAM))
def test_what_follows_from_something_done_is_not_for_telling(kind: NewsKind) -> None:
    with pytest.raises(Refused) as refused:
        tell_people(HOST, room(), changed(TELL, kind=kind), told=False, now_ms=0)
    assert refused.value.code is Code.MALFORMED


def test_what_is_told_is_one_line_of_a_bounded_length() -> None:
    for bad, code in (
        ({"says": "x" * 201}, Code.TOO_LONG),
        ({"says": " "}, Code.EMPTY),
        ({"when": "x" * 81}, Code.TOO_LONG),
    ):
        with pytest.raises(Refused) as refused:
            tell_people(HOST, room(), changed(TELL, **bad), told=False, now_ms=0)
        assert refused.value.code is code
