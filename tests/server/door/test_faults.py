"""What people are told when something of ours is away, slow or wrong, and what chance can do."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from starlette.requests import Request
from structlog.testing import capture_logs

from rooms.contract import Code, Refused
from rooms.ids import PersonId
from server import api
from server.database.ports import Contended, OutcomeUnknown, Unavailable, Work
from server.door import inviting
from server.door import sessions as sessions_module
from server.door.arriving import Arriving
from server.door.door import Asked, Door, bind
from server.door.guard import CLIENT
from server.door.links_sql import make_sign_in_link
from server.door.problems import STATUS
from server.door.sessions import Sessions
from server.routes import ROUTES
from tests.server.door.house import Browser, House
from tests.server.door.test_sessions import upgrade

ME = next(route for route in ROUTES if route.name == "me")
JOIN = next(route for route in ROUTES if route.name == "join")


class Doubtful:
    """Sessions of which nobody knows whether what was stored of them is."""

    cookie = "hearth"

    async def who(self, _scope: object) -> None:
        raise OutcomeUnknown


class Away:
    """A database that is not there."""

    async def open(self) -> None:
        return

    async def write(self, _work: Callable[[], Work[Any]]) -> Any:
        raise Unavailable("gone")

    async def read(self, _work: Callable[[], Work[Any]]) -> Any:
        raise Unavailable("gone")

    async def close(self) -> None:
        return


async def _answer(door: Door, error: Exception) -> tuple[int, dict[str, Any], dict[str, str]]:
    async def fails(_asked: Asked) -> api.Me:
        raise error

    scope = {"type": "http", "method": "GET", "headers": [], "query_string": b"", "path_params": {}, CLIENT: "a"}
    response = await bind(door, ME, fails)(Request(scope))
    return response.status_code, msgspec.json.decode(bytes(response.body)), dict(response.headers)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Unavailable("host=10.1.2.3"), 503, "unavailable"),
        (Contended("lock"), 503, "busy"),
        (OutcomeUnknown("commit"), 503, "unknown"),
        (Refused(Code.UNAVAILABLE, retry_ms=5_001), 503, "unavailable"),
        (ZeroDivisionError("what someone wrote"), 500, "internal"),
    ],
)
async def test_every_fault_has_an_answer_and_says_nothing_of_its_cause(
    house: House, error: Exception, status: int, code: str
) -> None:
    counted: list[tuple[str, int]] = []
    door = replace(house.hearth.door, observe=lambda route, status, _s: counted.append((route, status)))
    given, body, headers = await _answer(door, error)
    assert (given, body["code"]) == (status, code)
    assert counted == [("me", status)]
    assert str(error) not in str(body) or isinstance(error, Refused)
    if status == 503:
        assert int(headers["retry-after"]) == (6 if isinstance(error, Refused) else 2)
    else:
        assert set(body["params"]) == {"reference"}


async def test_whoever_goes_in_the_middle_of_a_request_is_no_fault_of_ours(house: House) -> None:
    counted: list[int] = []
    door = replace(house.hearth.door, observe=lambda _route, status, _s: counted.append(status))

    async def half() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "POST", "headers": [], "query_string": b"", "path_params": {}, CLIENT: "a"}
    with capture_logs() as lines:
        response = await bind(door, JOIN, Arriving(door).join)(Request(scope, half))
    assert (response.status_code, counted, lines) == (400, [400], [])


def test_every_refusal_has_its_status() -> None:
    assert STATUS.keys() == frozenset(Code)


async def test_without_a_database_nobody_is_signed_out_but_asked_to_wait(house: House) -> None:
    door = replace(house.hearth.door, sessions=Sessions(Away(), secure=False))
    denied = await door.identify(upgrade(origin="http://localhost:8000", cookie="hearth=some-token"))
    assert not isinstance(denied, tuple)
    assert (denied.status_code, denied.headers["retry-after"]) == (503, "2")


async def test_when_nobody_knows_what_was_stored_of_a_session_its_socket_is_asked_to_wait(house: House) -> None:
    door = replace(house.hearth.door, sessions=Doubtful())  # type: ignore[arg-type]
    denied = await door.identify(upgrade(origin="http://localhost:8000", cookie="hearth=some-token"))
    assert not isinstance(denied, tuple)
    assert (denied.status_code, denied.headers["retry-after"]) == (503, "2")


async def test_a_handler_that_takes_another_body_than_its_route_is_a_bug(house: House) -> None:
    asked = Asked(session=None, path={}, query={}, address="a", body=api.SignInBody(secret="secret"))
    with pytest.raises(TypeError):
        asked.take(api.ClaimBody)
    with pytest.raises(Refused):
        assert asked.person


@pytest.fixture
def numbers(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What chance gives for listeners' names, one after the other."""
    given = [0, 0, 0, 1]
    drawn: Iterator[int] = iter(given)
    monkeypatch.setattr(secrets, "randbelow", lambda _limit: next(drawn, 0))
    return given


@pytest.mark.usefixtures("numbers")
async def test_a_listeners_made_up_name_that_is_taken_is_made_up_again(house: House, keeper: Browser) -> None:
    secret = (await house.invite(keeper))["secret"]
    names = []
    for _ in range(2):
        listener = await house.joined(secret, "", listen=True)
        names.append((await listener.get("/api/me")).json()["communities"][0]["shown_name"])
    assert names == ["Listener 1000", "Listener 1001"]
    third = await house.browser().post("/api/join", {"secret": secret, "listen": True})
    assert (third.status_code, third.json()["code"]) == (409, "name_taken")


async def test_a_code_that_another_invitation_has_is_drawn_again(
    house: House, keeper: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter(["KMNPQR", "KMNPQR", "STUVWX", "KMNPQR", "KMNPQR", "KMNPQR"])
    monkeypatch.setattr(inviting, "new_code", lambda _choose: next(drawn))
    assert (await house.invite(keeper, kind="code"))["code"] == "KMNPQR"
    assert (await house.invite(keeper, kind="code"))["code"] == "STUVWX"
    answer = await keeper.post("/api/communities/eyes/invitations", {"kind": "code", "room": house.hall})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


async def test_a_sign_in_link_of_someone_who_has_left_opens_nothing(house: House, keeper: Browser) -> None:
    rosa = await house.member(keeper, "Rosa")
    path = await make_sign_in_link(house.hearth.database, house.hearth.door.chain, PersonId(rosa.person))
    await keeper.delete(f"/api/communities/eyes/members/{rosa.person}")
    answer = await house.browser().post("/api/sign-in", {"secret": path.rpartition("/")[2]})
    assert (answer.status_code, answer.json()["code"]) == (410, "link_used")


async def test_memory_of_sessions_is_bounded(house: House, keeper: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions_module, "CACHE_LIMIT", 1)
    now = 0
    sessions = Sessions(house.hearth.database, secure=False, now_ms=lambda: now)
    rosa = await house.member(keeper, "Rosa")
    scopes = [{"headers": [(b"cookie", b"hearth=" + who.token.encode())]} for who in (keeper, rosa)]
    found = [await sessions.who(scope) for scope in scopes]
    assert [info.person for info in found if info] == [keeper.person, rosa.person]
    await house.change("DELETE FROM session")
    assert await sessions.who(scopes[0]) == found[0]
    assert await sessions.who(scopes[1]) is None
    now = sessions_module.CACHE_MS
    assert await sessions.who(scopes[0]) is None
    for info in found:
        assert info is not None
        await sessions.touch(info.session)
