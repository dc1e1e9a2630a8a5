"""Being reached: an address given, confirmed and stopped, people told, and nothing sent to who did not tick it."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from community.ports import Mail, MailLater, MailRefused
from rooms.commands import PostMessage, RemoveMessage
from rooms.contract import Code
from rooms.ids import PersonId, RoomId, room_stream
from server.clock import new_id
from server.mail import news_sql, outbox_sql
from server.mail.mail_kept import KeptMails
from server.mail.opened import seal_of
from server.mail.postman import Postman
from server.settings import KEPT_MAIL
from tests.server.door.house import Browser, House, house_on
from tests.world import new_nonce

REACH = "/api/me/reach"
NEWS = "/api/communities/eyes/news"
HOUR_MS = 3_600_000
LINK = re.compile(r"https?://\S+/(reach|stop)/(\S+)")


@pytest.fixture
async def house(database_url: str) -> AsyncIterator[House]:
    """A server with a mail server of its own, whose postman comes when the test calls."""
    async with house_on(database_url) as house:
        yield house


class Post:
    """The mails of a house, and whoever sends them."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.mails = KeptMails()
        # So that the handlers know of it; the server's own postman was not started.
        object.__setattr__(house.hearth.door, "mails", self.mails)

    def postman(self) -> Postman:
        hearth = self.house.hearth
        return Postman(
            hearth.database,
            self.mails,
            seal_of(hearth.settings),
            address=self.house.url,
            node=new_id(),
            metrics=hearth.metrics,
        )

    async def come(self) -> list[Mail]:
        """Send what is due; what was sent."""
        before = len(self.mails.sent)
        await self.postman().round()
        return list(self.mails.sent)[before:]

    async def reachable(self, who: Browser, address: str, *ticked: str) -> None:
        """Somebody gives an address, opens the mail that comes and presses the button."""
        answer = await who.put(REACH, {"address": address, "ticked": list(ticked)})
        assert answer.status_code == 200, answer.text
        [mail] = await self.come()
        assert mail.to == address
        answer = await self.house.browser().post("/api/reach/confirm", {"secret": secret_in(mail, "reach")})
        assert answer.status_code == 200, answer.text
        # Awake at all hours, whatever the hour of the test.
        await who.put("/api/me/quiet", {"from_min": 0, "to_min": 0, "zone": "UTC"})


def secret_in(mail: Mail, what: str) -> str:
    return next(found[2] for found in LINK.finditer(mail.text) if found[1] == what)


async def tell(who: Browser, room: str, **changes: object) -> Any:
    body = {"news": new_nonce(), "room": room, "kind": "coming", "says": "Tea and cake.", "when": "Thursday at 3"}
    return await who.post(NEWS, {**body, **changes})


async def states(house: House) -> dict[str, int]:
    return dict(await house.rows("SELECT state, COUNT(*) FROM outbox WHERE kind <> 'confirm' GROUP BY state"))


async def news_of(who: Browser) -> list[dict[str, Any]]:
    home = (await who.get("/api/communities/eyes")).json()
    return list(home["news"])


@pytest.fixture
def post(house: House) -> Post:
    return Post(house)


async def test_an_address_is_asked_whether_it_is_right_and_opening_the_link_changes_nothing(
    house: House, keeper: Browser, post: Post
) -> None:
    rosa = await house.member(keeper, "Rosa")
    given = await rosa.put(REACH, {"address": "Rosa@Example.org", "ticked": ["next_talk"], "language": "pl"})
    assert given.json()["address"] == "R…@example.org"
    assert not given.json()["confirmed"]
    [mail] = await post.come()
    assert (mail.to, mail.subject) == ("Rosa@example.org", "Czy to Twój adres?")
    secret = secret_in(mail, "reach")
    assert len(secret) >= 22  # 128 bits
    # A mail scanner opens everything, often more than once.
    for path in (f"/reach/{secret}", f"/reach/{secret}"):
        assert (await house.browser().get(path, accept="text/html")).status_code in {200, 503}
    assert not (await rosa.get(REACH)).json()["confirmed"]
    # From the phone that mails come to, where nobody is signed in; pressed ten times at once it is the same.
    pressed = [house.browser().post("/api/reach/confirm", {"secret": secret}) for _ in range(10)]
    assert {answer.status_code for answer in await asyncio.gather(*pressed)} == {200}
    assert (await rosa.get(REACH)).json()["confirmed"]
    assert await post.come() == []


async def test_a_link_that_is_old_or_another_confirms_nothing(house: House, keeper: Browser, post: Post) -> None:
    rosa = await house.member(keeper, "Rosa")
    await rosa.put(REACH, {"address": "rosa@example.org", "ticked": ["next_talk"]})
    [first] = await post.come()
    await rosa.put(REACH, {"address": "rosa@elsewhere.example", "ticked": ["next_talk"]})
    [second] = await post.come()
    await house.change("UPDATE reach SET confirm_ends_ms = confirm_ends_ms - ?", 48 * HOUR_MS)
    for secret in (secret_in(first, "reach"), secret_in(second, "reach"), "no-such-secret-at-all"):
        answer = await house.browser().post("/api/reach/confirm", {"secret": secret})
        assert (answer.status_code, answer.json()["code"]) == (404, Code.MAIL_LINK_UNKNOWN)
    assert not (await rosa.get(REACH)).json()["confirmed"]


async def test_people_are_told_once_and_nobody_who_did_not_tick_it(house: House, keeper: Browser, post: Post) -> None:
    tea, den = await house.room(keeper, "tea"), await house.room(keeper, "den", "team")
    people = {name: await house.member(keeper, name) for name in ("Rosa", "Ben", "Mo", "Ada", "Kim")}
    await post.reachable(people["Rosa"], "rosa@example.org", "next_talk")
    await post.reachable(people["Ben"], "ben@example.org", "my_words", "changes")
    await post.reachable(people["Mo"], "mo@example.org", "next_talk")
    switches = {"communicate": False, "improve": True, "share": False, "inspire": False}
    await people["Mo"].put("/api/communities/eyes/involvement", switches)
    # Given, but never confirmed.
    await people["Ada"].put(REACH, {"address": "ada@example.org", "ticked": ["next_talk"]})
    assert [mail.to for mail in await post.come()] == ["ada@example.org"]

    news = new_nonce()
    for _ in range(2):
        assert (await tell(keeper, tea, news=news)).json() == {"mail": True}
    assert (await tell(keeper, den)).status_code == 200
    # Two postmen at once, and both again.
    await asyncio.gather(*(post.postman().round() for _ in range(2)))
    await post.come()
    [mail] = list(post.mails.sent)[4:]
    assert (mail.to, mail.subject) == ("rosa@example.org", "A conversation is coming")
    assert {"Tea and cake.", "Thursday at 3"} <= set(mail.text.splitlines())
    assert f"{house.url}/c/eyes/r/tea" in mail.text

    # In the app: who has Communicate on, and may read the room.
    assert {name: len(await news_of(who)) for name, who in people.items()} == {
        "Rosa": 1,
        "Ben": 1,
        "Mo": 0,
        "Ada": 1,
        "Kim": 1,
    }
    assert len(await news_of(keeper)) == 2
    [line] = await news_of(people["Kim"])
    assert (line["says"], line["when"], line["kind"], line["room"]) == ("Tea and cake.", "Thursday at 3", "coming", tea)
    await people["Kim"].post(f"{NEWS}/{line['news']}/seen")
    assert await news_of(people["Kim"]) == []


async def test_only_the_hosts_tell_people(house: House, keeper: Browser, post: Post) -> None:
    tea, rosa = await house.room(keeper, "tea"), await house.member(keeper, "Rosa")
    assert (await tell(rosa, tea)).json()["code"] == Code.NOT_ALLOWED
    assert (await house.browser().post(NEWS, {})).status_code == 401
    hana = await house.member(keeper, "Hana", role="host", room=tea)
    assert (await tell(hana, tea)).status_code == 200
    assert (await tell(hana, tea, kind="taken_out")).json()["code"] == Code.MALFORMED
    for _ in range(9):
        await tell(hana, tea)
    assert (await tell(hana, tea)).json()["code"] == Code.TOO_FAST
    assert (await rosa.get("/api/communities/eyes/outbox")).json()["code"] == Code.NOT_ALLOWED
    assert (await hana.get("/api/communities/eyes/outbox")).json()["code"] == Code.NOT_ALLOWED


async def test_one_press_stops_it_and_a_look_does_not(house: House, keeper: Browser, post: Post) -> None:
    tea = await house.room(keeper, "tea")
    rosa, ben = await house.member(keeper, "Rosa"), await house.member(keeper, "Ben")
    await post.reachable(rosa, "rosa@example.org", "next_talk")
    await post.reachable(ben, "ben@example.org", "next_talk")
    await tell(keeper, tea)
    stops = {mail.to: mail.stop_link for mail in await post.come()}
    path = {to: link.removeprefix(house.url) for to, link in stops.items()}
    await house.browser().get(path["rosa@example.org"], accept="text/html")
    assert (await rosa.get(REACH)).json()["confirmed"]
    # As a mail program sends it: no session, no origin, no header of ours, a form.
    one_click = {"origin": "", "x_hearth": "", "content_type": "application/x-www-form-urlencoded"}
    for _ in range(2):
        answer = await house.browser().post(path["rosa@example.org"], b"List-Unsubscribe=One-Click", **one_click)
        assert answer.status_code == 200, answer.text
    # And from the page with its button.
    secret = path["ben@example.org"].rpartition("/")[2]
    assert (await house.browser().post("/api/reach/stop", {"secret": secret})).status_code == 200
    for who in (rosa, ben):
        assert (await who.get(REACH)).json()["address"] is None
    await tell(keeper, tea)
    assert await post.come() == []
    huge = await house.browser().post(path["rosa@example.org"], b"x" * 70_000, **one_click)
    assert huge.status_code == 413


async def test_addresses_that_are_none_are_refused_and_nobody_is_written_to_without_end(
    house: House, keeper: Browser, post: Post
) -> None:
    rosa, ben = await house.member(keeper, "Rosa"), await house.member(keeper, "Ben")
    for bad in ("rosa", "a@b.example\r\nBcc: eve@example.org", "a@b.example, c@d.example"):
        answer = await rosa.put(REACH, {"address": bad, "ticked": ["next_talk"]})
        assert (answer.status_code, answer.json()["code"]) == (422, Code.ADDRESS_BAD)
    assert (await rosa.put(REACH, {"ticked": ["next_talk"]})).json()["code"] == Code.NOT_FOUND
    for _ in range(3):
        answer = await rosa.put(REACH, {"address": "victim@example.org", "ticked": ["next_talk"]})
        assert answer.status_code == 200
    # Counted by whom it goes to: somebody else does not begin anew.
    answer = await ben.put(REACH, {"address": "VICTIM@example.org", "ticked": ["next_talk"]})
    assert answer.json()["code"] == Code.TOO_FAST
    for number in range(2):
        await rosa.put(REACH, {"address": f"other{number}@example.org", "ticked": ["next_talk"]})
    answer = await rosa.put(REACH, {"address": "one-more@example.org", "ticked": ["next_talk"]})
    assert answer.json()["code"] == Code.TOO_FAST
    # Only the last address is asked: the others are not hers any more.
    assert [mail.to for mail in await post.come()] == ["other1@example.org"]


class Stubborn(KeptMails):
    """A mail server that says no."""

    def __init__(self, *answers: Exception) -> None:
        super().__init__()
        self.answers = list(answers)

    async def send(self, mail: Mail) -> None:
        if self.answers:
            raise self.answers.pop(0)
        await super().send(mail)


async def test_who_is_too_slow_does_not_undo_what_another_node_is_at(house: House, keeper: Browser, post: Post) -> None:
    tea, rosa = await house.room(keeper, "tea"), await house.member(keeper, "Rosa")
    await post.reachable(rosa, "rosa@example.org", "next_talk")
    await tell(keeper, tea)
    database = house.hearth.database
    while await database.write(news_sql.spread):
        pass
    [late] = await database.write(lambda: outbox_sql.claim("A"))
    await house.change("UPDATE outbox SET lease_ms = 1 WHERE state = 'waiting'")
    [due] = await database.write(lambda: outbox_sql.claim("B"))
    assert await database.write(lambda: outbox_sql.begin(due, "B"))
    await database.write(lambda: outbox_sql.put_off(late, node="A", for_ms=60_000))
    await database.write(lambda: outbox_sql.settle(late, "failed", node="A"))
    assert await states(house) == {"sending": 1}


async def test_a_full_mail_server_is_tried_again_and_no_such_address_is_said(
    house: House, keeper: Browser, post: Post
) -> None:
    tea, rosa = await house.room(keeper, "tea"), await house.member(keeper, "Rosa")
    await post.reachable(rosa, "rosa@example.org", "next_talk")
    await tell(keeper, tea)
    post.mails = Stubborn(MailLater(452), MailRefused(550))
    assert await post.come() == []
    assert await states(house) == {"waiting": 1}
    # Not at once: a minute later.
    assert await post.come() == []
    assert await house.rows("SELECT tries, said FROM outbox WHERE kind = 'coming'") == [(1, 452)]
    await house.change("UPDATE outbox SET due_ms = due_ms - 60000")
    await post.come()
    assert await states(house) == {"failed": 1}
    reach = (await rosa.get(REACH)).json()
    assert (reach["failed"], reach["confirmed"]) == (True, True)
    shown = (await keeper.get("/api/communities/eyes/outbox")).json()
    assert {"matter": "coming", "state": "failed", "count": 1} in shown["counts"]
    assert "rosa" not in repr(shown).lower()
    # Nothing more is sent to an address that is none.
    await tell(keeper, tea)
    assert await post.come() == []
    # Tried for two days, it is given up.
    await post.reachable(rosa, "rosa@elsewhere.example", "next_talk")
    await tell(keeper, tea)
    post.mails = Stubborn(*(MailLater(451) for _ in range(9)))
    for _ in range(9):
        await post.come()
        await house.change("UPDATE outbox SET due_ms = 0 WHERE state = 'waiting'")
    assert await states(house) == {"failed": 2}


async def test_what_a_gone_node_was_sending_is_not_sent_again_and_shown(
    house: House, keeper: Browser, post: Post
) -> None:
    tea, rosa = await house.room(keeper, "tea"), await house.member(keeper, "Rosa")
    await post.reachable(rosa, "rosa@example.org", "next_talk")
    await tell(keeper, tea)
    gone = Stubborn(asyncio.CancelledError())  # type: ignore[arg-type]  # as a node that is killed
    post.mails = gone
    with pytest.raises(asyncio.CancelledError):
        await post.come()
    post.mails = KeptMails()
    assert await post.come() == []
    assert await states(house) == {"sending": 1}
    await house.change("UPDATE outbox SET lease_ms = 1 WHERE state = 'sending'")
    assert await post.come() == []
    assert await states(house) == {"unsure": 1}
    shown = (await keeper.get("/api/communities/eyes/outbox")).json()
    assert {"matter": "coming", "state": "unsure", "count": 1} in shown["counts"]


async def test_in_quiet_hours_a_mail_waits(house: House, keeper: Browser, post: Post) -> None:
    tea, rosa = await house.room(keeper, "tea"), await house.member(keeper, "Rosa")
    await post.reachable(rosa, "rosa@example.org", "next_talk")
    assert (await rosa.put("/api/me/quiet", {"from_min": 0, "to_min": 1439, "zone": "Nowhere/None"})).json()[
        "code"
    ] == Code.MALFORMED
    await tell(keeper, tea)
    for zone in ("Europe/London", "Pacific/Auckland"):
        # All day but for the last minute of it.
        await rosa.put("/api/me/quiet", {"from_min": 0, "to_min": 1439, "zone": zone})
    if await post.come() == []:
        [(left_ms,)] = await house.rows("SELECT due_ms - at_ms FROM outbox WHERE kind = 'coming'")
        assert 0 < left_ms <= 24 * HOUR_MS
    await rosa.put("/api/me/quiet", {"from_min": 60, "to_min": 60, "zone": "Europe/London"})
    await house.change("UPDATE outbox SET due_ms = 0")
    await post.come()
    assert [mail.to for mail in post.mails.sent][1:] == ["rosa@example.org"]


async def test_my_words_and_what_changed_are_told_to_who_ticked_them(house: House, keeper: Browser, post: Post) -> None:
    rosa, ben = await house.member(keeper, "Rosa"), await house.member(keeper, "Ben")
    await post.reachable(rosa, "rosa@example.org", "my_words")
    await post.reachable(ben, "ben@example.org", "changes")
    room, streams = RoomId(await house.room(keeper, "tea")), house.hearth.streams
    for _ in range(2):
        said = PostMessage(room=room, nonce=new_nonce(), text="I mind.")
        done = await streams.ask(streams.order(room_stream(room), said, actor=PersonId(rosa.person), nonce=said.nonce))
        assert done.message is not None
        taken = RemoveMessage(room=room, nonce=new_nonce(), message=done.message)
        await streams.ask(streams.order(room_stream(room), taken, actor=PersonId(keeper.person), nonce=taken.nonce))
    [mail] = await post.come()
    assert (mail.to, mail.subject) == ("rosa@example.org", "About something you wrote")
    assert "I mind." not in mail.text
    assert [line["kind"] for line in await news_of(rosa)] == ["taken_out"]
    assert await news_of(ben) == []
    stated = {"name": "Eyes", "purpose": "To see.", "values": [], "runs_it": "The ward", "contact": "The desk"}
    await keeper.post("/api/communities/eyes/set-up")
    await keeper.patch("/api/communities/eyes", stated)
    await keeper.patch("/api/communities/eyes", {**stated, "purpose": "To see better."})
    assert [(mail.to, mail.subject) for mail in await post.come()] == [("ben@example.org", "Something has changed")]
    assert [line["kind"] for line in await news_of(ben)] == ["stated"]
    assert await news_of(keeper) == []


async def test_addresses_are_sealed_and_go_with_their_owner(house: House, keeper: Browser, post: Post) -> None:
    tea = await house.room(keeper, "tea")
    rosa, ben = await house.member(keeper, "Rosa"), await house.member(keeper, "Ben")
    await post.reachable(rosa, "rosa@example.org", "next_talk")
    await post.reachable(ben, "ben@example.org", "next_talk")
    whole = repr(
        [await house.rows(sql) for sql in ("SELECT * FROM reach", "SELECT * FROM outbox", "SELECT * FROM news")]
    )
    assert not {word for word in ("rosa", "ben@", "example.org") if word in whole}
    secrets = [mail.stop_link.rpartition("/")[2] for mail in post.mails.sent if mail.stop_link]
    assert not any(secret in whole for secret in secrets)
    # No list for the team has it.
    for path in ("/api/communities/eyes/members", "/api/communities/eyes", "/api/communities/eyes/outbox"):
        assert "example.org" not in (await keeper.get(path)).text
    await tell(keeper, tea)
    assert (await rosa.post("/api/me/erase", {"secret": new_nonce()})).status_code == 200
    await ben.post("/api/communities/eyes/leave")
    assert await house.rows("SELECT * FROM reach") == []
    assert await house.rows("SELECT * FROM outbox WHERE person = ?", rosa.person) == []
    assert await post.come() == []


async def test_without_mail_the_app_still_tells(house: House, keeper: Browser) -> None:
    tea, rosa = await house.room(keeper, "tea"), await house.member(keeper, "Rosa")
    assert not (await rosa.get(REACH)).json()["mail"]
    answer = await rosa.put(REACH, {"address": "rosa@example.org", "ticked": ["next_talk"]})
    assert (answer.status_code, answer.json()["code"]) == (409, Code.MAIL_OFF)
    assert (await tell(keeper, tea)).json() == {"mail": False}
    assert len(await news_of(rosa)) == 1
    assert not (await keeper.get("/api/communities/eyes")).json()["mail"]
    checks = (await keeper.get("/api/communities/eyes/health")).json()["checks"]
    [check] = [check for check in checks if check["name"] == "mail"]
    assert check["says"].startswith("People cannot be reminded: mail is not set up.")


async def test_a_demo_shows_its_mails_to_keepers(database_url: str) -> None:
    async with house_on(database_url, mail_url=SecretStr(KEPT_MAIL)) as house:
        keeper = await house.keeper()
        await keeper.put(REACH, {"address": "kirsten@example.org", "ticked": ["next_talk"]})
        mails = house.hearth.mails
        assert isinstance(mails, KeptMails)
        hearth = house.hearth
        await Postman(
            hearth.database, mails, seal_of(hearth.settings), address=house.url, node="n", metrics=hearth.metrics
        ).round()
        shown = (await keeper.get("/api/communities/eyes/outbox")).json()
        assert [mail["subject"] for mail in shown["mails"]] == ["Is this your address?"]
