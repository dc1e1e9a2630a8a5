"""Signed-in devices: cookies, bearer tokens, new tokens, shared devices, and how they end."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from starlette.websockets import WebSocket

from rooms.ids import PersonId
from server.database.ports import Database, Unavailable, Work
from server.door.links_sql import make_sign_in_link
from server.door.sessions import SessionInfo, Sessions
from server.streams.bus import Ending
from tests.server.door.house import CLAIM, Browser, House, house_on

DAY_S = 86_400


async def _claimed(house: House) -> str:
    """The cookie that the first keeper's browser is handed."""
    link = await house.hearth.claim_link() or ""
    answer = await house.browser().post("/api/claim", {**CLAIM, "secret": link.rpartition("/")[2]})
    return answer.headers["set-cookie"]


async def test_over_http_the_cookie_is_plain_and_closed_to_scripts(house: House) -> None:
    name, *attributes = (await _claimed(house)).split("; ")
    assert name.startswith("hearth=")
    assert set(attributes) == {"Path=/", "HttpOnly", "SameSite=Lax", f"Max-Age={90 * DAY_S}"}


async def test_over_https_the_cookie_is_bound_to_it_and_to_the_host(database_url: str) -> None:
    async with house_on(database_url, public_url="https://talk.example.org") as house:
        name, *attributes = (await _claimed(house)).split("; ")
    assert name.startswith("__Host-hearth=")
    assert set(attributes) == {"Path=/", "HttpOnly", "SameSite=Lax", "Secure", f"Max-Age={90 * DAY_S}"}


async def test_over_https_a_plain_cookie_opens_nothing(database_url: str) -> None:
    async with house_on(database_url, public_url="https://talk.example.org") as house:
        keeper = await house.keeper()
        stolen = await house.browser().get("/api/me", cookie=f"hearth={keeper.token}")
        assert stolen.json()["person"] is None
        own = await house.browser().get("/api/me", cookie=f"__Host-hearth={keeper.token}")
        assert own.json()["person"] == keeper.person


async def test_a_program_shows_a_bearer_token_and_no_cookie_stands_in_for_it(house: House, keeper: Browser) -> None:
    program = house.browser()
    by_token = await program.get("/api/me", authorization=f"Bearer {keeper.token}")
    assert by_token.json()["person"] == keeper.person
    made = await program.post(
        "/api/communities/eyes/invitations",
        {"kind": "link"},
        origin="",
        x_hearth="",
        authorization=f"Bearer {keeper.token}",
    )
    assert made.status_code == 200
    wrong = await keeper.get("/api/me", authorization="Bearer nonsense")
    assert wrong.json()["person"] is None


@pytest.mark.parametrize("token", ["", "x" * 4000, "nonsense", "%00"])
async def test_a_token_that_is_none_is_a_stranger(house: House, token: str) -> None:
    answer = await house.browser().get("/api/me", cookie=f"hearth={token}")
    assert (answer.status_code, answer.json()["person"]) == (200, None)


async def test_a_stranger_is_told_to_sign_in(house: House) -> None:
    answer = await house.browser().get("/api/sessions")
    assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")


async def test_signing_out_ends_the_session_everywhere(house: House, keeper: Browser) -> None:
    rosa = await house.member(keeper, "Rosa")
    ended: list[tuple[PersonId, str | None]] = []
    house.hearth.sessions.on_ended(lambda person, session: ended.append((person, session)))
    token = rosa.token
    answer = await rosa.post("/api/sign-out")
    assert answer.headers["set-cookie"] == "hearth=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"
    assert [person for person, _ in ended] == [rosa.person]
    replayed = await house.browser().get("/api/sessions", cookie=f"hearth={token}")
    assert (replayed.status_code, replayed.json()["code"]) == (401, "signed_out")


async def test_one_of_my_sessions_is_ended_from_another(house: House, keeper: Browser) -> None:
    rosa = await house.member(keeper, "Rosa")
    phone = house.browser()
    path = await make_sign_in_link(house.hearth.database, house.hearth.door.chain, PersonId(rosa.person))
    signed = await phone.post("/api/sign-in", {"secret": path.rpartition("/")[2]})
    assert signed.json() == {"community_slug": "eyes", "room_slug": None, "person": rosa.person}
    lines = (await rosa.get("/api/sessions")).json()["sessions"]
    assert sorted(line["this"] for line in lines) == [False, True]
    other = next(line["session"] for line in lines if not line["this"])
    assert (await rosa.delete(f"/api/sessions/{other}")).status_code == 200
    assert (await phone.get("/api/sessions")).status_code == 401
    assert (await rosa.get("/api/sessions")).status_code == 200


async def test_nobody_ends_a_session_that_is_not_theirs(house: House, keeper: Browser) -> None:
    rosa = await house.member(keeper, "Rosa")
    [line] = (await keeper.get("/api/sessions")).json()["sessions"]
    theirs = await rosa.delete(f"/api/sessions/{line['session']}")
    unknown = await rosa.delete("/api/sessions/01ARZ3NDEKTSV4RRFFQ69G5FAV")
    assert theirs.status_code == unknown.status_code == 404
    assert theirs.json() == unknown.json()
    assert (await keeper.get("/api/sessions")).status_code == 200


async def test_a_sign_in_link_works_once(house: House, keeper: Browser) -> None:
    path = await make_sign_in_link(house.hearth.database, house.hearth.door.chain, PersonId(keeper.person))
    secret = path.rpartition("/")[2]
    answers = await asyncio.gather(*(house.browser().post("/api/sign-in", {"secret": secret}) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] + [410] * 5
    assert {a.json()["code"] for a in answers if a.status_code == 410} == {"link_used"}


async def test_a_sign_in_link_runs_out_and_a_made_up_one_opens_nothing(house: House, keeper: Browser) -> None:
    chain = house.hearth.door.chain
    path = await make_sign_in_link(house.hearth.database, chain, PersonId(keeper.person), ends_in_ms=-1)
    secret = path.rpartition("/")[2]
    for shown in (secret, "s" * 32):
        answer = await house.browser().post("/api/sign-in", {"secret": shown})
        assert (answer.status_code, answer.json()["code"]) == (410, "link_used")


async def test_signing_in_as_someone_else_ends_the_session_before(house: House, keeper: Browser) -> None:
    rosa = await house.member(keeper, "Rosa")
    before = rosa.token
    path = await make_sign_in_link(house.hearth.database, house.hearth.door.chain, PersonId(keeper.person))
    signed = await rosa.post("/api/sign-in", {"secret": path.rpartition("/")[2]})
    assert signed.json()["person"] == keeper.person
    assert (await house.browser().get("/api/sessions", cookie=f"hearth={before}")).status_code == 401


async def test_signing_in_again_as_oneself_keeps_the_session_with_a_new_token(house: House, keeper: Browser) -> None:
    before = keeper.token
    path = await make_sign_in_link(house.hearth.database, house.hearth.door.chain, PersonId(keeper.person))
    await keeper.post("/api/sign-in", {"secret": path.rpartition("/")[2]})
    assert keeper.token != before
    assert len((await keeper.get("/api/sessions")).json()["sessions"]) == 1


# New tokens


async def test_a_role_brings_a_new_token_and_the_old_one_works_until_it_has_arrived(
    house: House, keeper: Browser
) -> None:
    rosa = await house.member(keeper, "Rosa")
    before = rosa.token
    await keeper.put(f"/api/communities/eyes/members/{rosa.person}/role", {"role": "host", "held": True})
    # Of several requests at once one is handed the new token; all are answered.
    answers = await asyncio.gather(*(house.browser().get("/api/sessions", cookie=f"hearth={before}") for _ in range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    [cookie] = [answer.headers["set-cookie"] for answer in answers if "set-cookie" in answer.headers]
    fresh = cookie.partition(";")[0]
    assert fresh != f"hearth={before}"
    assert (await house.browser().get("/api/sessions", cookie=fresh)).status_code == 200
    await house.forgets()
    assert (await house.browser().get("/api/sessions", cookie=f"hearth={before}")).status_code == 200
    await house.change("UPDATE session SET before_until_ms = before_until_ms - 60000 WHERE before_hash IS NOT NULL")
    await house.forgets()
    assert (await house.browser().get("/api/sessions", cookie=f"hearth={before}")).status_code == 401
    assert (await house.browser().get("/api/sessions", cookie=fresh)).status_code == 200


async def test_a_new_token_that_was_lost_on_its_way_is_made_again(house: House, keeper: Browser) -> None:
    rosa = await house.member(keeper, "Rosa")
    before = rosa.token
    await keeper.put(f"/api/communities/eyes/members/{rosa.person}/role", {"role": "host", "held": True})
    lost = await house.browser().get("/api/me", cookie=f"hearth={before}")
    assert "set-cookie" in lost.headers
    await house.forgets()
    soon = await house.browser().get("/api/me", cookie=f"hearth={before}")
    assert "set-cookie" not in soon.headers
    await house.change("UPDATE session SET renewed_ms = renewed_ms - 30000")
    await house.forgets()
    again = await house.browser().get("/api/me", cookie=f"hearth={before}")
    fresh = again.headers["set-cookie"].partition(";")[0]
    assert (await house.browser().get("/api/sessions", cookie=fresh)).status_code == 200


async def test_joining_again_brings_a_new_token_and_keeps_the_session(house: House, keeper: Browser) -> None:
    rosa = await house.member(keeper, "Rosa")
    before = rosa.token
    [line] = (await rosa.get("/api/sessions")).json()["sessions"]
    for_hosts = await house.invite(keeper, role="host")
    await rosa.post("/api/join", {"secret": for_hosts["secret"]})
    assert rosa.token != before
    [after] = (await rosa.get("/api/sessions")).json()["sessions"]
    assert after["session"] == line["session"]


async def test_a_keepers_yes_to_a_role_brings_every_device_a_new_token(house: House, keeper: Browser) -> None:
    rosa = await house.member(keeper, "Rosa")
    path = await make_sign_in_link(house.hearth.database, house.hearth.door.chain, PersonId(rosa.person))
    phone = house.browser()
    await phone.post("/api/sign-in", {"secret": path.rpartition("/")[2]})
    for_hosts = await house.invite(keeper, role="host")
    assert (await rosa.post("/api/join", {"secret": for_hosts["secret"]})).status_code == 200
    before = [device.token for device in (rosa, phone)]
    for device in (rosa, phone):
        await device.get("/api/me")
    assert [device.token for device in (rosa, phone)] == before
    assert (await house.decide(keeper, rosa, role="host")).status_code == 200
    for device, token in zip((rosa, phone), before, strict=True):
        await device.get("/api/me")
        assert device.token != token


async def test_a_way_to_a_role_is_used_up_by_a_member_too(house: House, keeper: Browser) -> None:
    rosa, mo = await house.member(keeper, "Rosa"), await house.member(keeper, "Mo")
    secret = (await house.invite(keeper, role="host"))["secret"]
    for who in (rosa, mo):
        # A member goes straight in by it, and only the first is to be a host then.
        assert (await who.post("/api/join", {"secret": secret})).status_code == 200
    asked = [(await who.get("/api/me")).json()["communities"][0]["asked"] for who in (rosa, mo)]
    assert asked == [[{"role": "host", "room": None}], []]
    stranger = await house.browser().post("/api/join", {"secret": secret, "name": "Kim"})
    assert (stranger.status_code, stranger.json()["code"]) == (410, "invitation_used_up")


async def test_a_program_that_joins_keeps_its_token(house: House, keeper: Browser) -> None:
    rosa = await house.member(keeper, "Rosa")
    for_hosts = await house.invite(keeper, role="host")
    program = house.browser()
    answer = await program.post(
        "/api/join", {"secret": for_hosts["secret"]}, origin="", x_hearth="", authorization=f"Bearer {rosa.token}"
    )
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert "set-cookie" not in (await program.get("/api/me", authorization=f"Bearer {rosa.token}")).headers


# Shared devices, and time


async def test_a_shared_device_forgets_with_the_window_and_after_quiet(house: House, keeper: Browser) -> None:
    secret = (await house.invite(keeper))["secret"]
    library = house.browser()
    joined = await library.post("/api/join", {"secret": secret, "name": "Rosa", "shared": True})
    assert "Max-Age" not in joined.headers["set-cookie"]
    assert (await library.get("/api/me")).json()["shared_idle_s"] == 900
    await house.change("UPDATE session SET ends_ms = ends_ms - 900001 WHERE shared = 1")
    await house.forgets()
    assert (await library.get("/api/me")).json()["person"] is None


async def test_what_is_asked_keeps_a_shared_device_and_what_a_page_asks_by_itself_does_not(
    house: House, keeper: Browser
) -> None:
    secret = (await house.invite(keeper))["secret"]
    library = await house.joined(secret, "Rosa", shared=True)
    quiet = "UPDATE session SET ends_ms = ends_ms - 800000, seen_ms = seen_ms - 800000 WHERE shared = 1"
    left = "SELECT ends_ms - seen_ms, ends_ms FROM session WHERE shared = 1"
    await house.change(quiet)
    await house.forgets()
    [(_, ends_ms)] = await house.rows(left)
    poll = {"tab": "tab-of-rosa", "streams": [], "wait_s": 0}
    assert (await library.post("/live/poll", poll)).status_code == 200
    assert (await house.rows(left))[0][1] == ends_ms
    assert (await library.get("/api/me")).status_code == 200
    # Nobody waits for that to be written down.
    async with asyncio.timeout(20):
        while (await house.rows(left))[0][1] <= ends_ms:
            continue
    assert (await house.rows(left))[0][0] == 900_000


async def test_what_is_done_on_a_live_connection_keeps_a_shared_device(house: House, keeper: Browser) -> None:
    secret = (await house.invite(keeper))["secret"]
    await house.joined(secret, "Rosa", shared=True)
    [(session, ends_ms)] = await house.rows("SELECT id, ends_ms FROM session WHERE shared = 1")
    await house.change("UPDATE session SET ends_ms = ends_ms - 800000 WHERE shared = 1")
    await house.hearth.sessions.touch(session)
    assert (await house.rows("SELECT ends_ms FROM session WHERE shared = 1"))[0][0] >= ends_ms
    # Written down once in a while, not for every letter.
    await house.change("UPDATE session SET ends_ms = ? WHERE shared = 1", ends_ms - 1)
    await house.hearth.sessions.touch(session)
    assert await house.rows("SELECT ends_ms FROM session WHERE shared = 1") == [(ends_ms - 1,)]


class Away:
    """A database that does not answer."""

    async def write(self, work: object) -> None:
        raise Unavailable


async def test_what_is_done_while_the_database_is_away_is_written_down_by_the_next(
    house: House, keeper: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = house.hearth.sessions
    [(session, seen_ms)] = await house.rows("SELECT id, seen_ms FROM session")
    await house.change("UPDATE session SET seen_ms = seen_ms - 600000")
    with monkeypatch.context() as away:
        away.setattr(sessions, "_database", Away())
        await sessions.touch(session)
    await sessions.touch(session)
    assert (await house.rows("SELECT seen_ms FROM session"))[0][0] >= seen_ms


async def test_a_session_slides_but_is_not_written_at_every_request(house: House, keeper: Browser) -> None:
    rosa = await house.member(keeper, "Rosa")
    of_hers = "SELECT seen_ms, ends_ms FROM session WHERE person = ?"
    [before] = await house.rows(of_hers, rosa.person)
    await house.forgets()
    await rosa.get("/api/me")
    assert await house.rows(of_hers, rosa.person) == [before]
    await house.change("UPDATE session SET seen_ms = seen_ms - 600000, ends_ms = ends_ms - 600000")
    await house.forgets()
    await rosa.get("/api/me")
    # Nobody waits for it.
    [(seen_ms, ends_ms)] = [(0, 0)]
    async with asyncio.timeout(20):
        while seen_ms < before[0]:
            [(seen_ms, ends_ms)] = await house.rows(of_hers, rosa.person)
    assert ends_ms - seen_ms == 90 * DAY_S * 1000


async def test_a_hall_that_comes_back_after_a_pause_is_let_in_before_that_is_noted_and_in_few_transactions(
    house: House, keeper: Browser
) -> None:
    people = [await house.member(keeper, f"Hall {n}") for n in range(40)]
    await house.change("UPDATE session SET seen_ms = seen_ms - 600000")
    stalled = Stalled(house.hearth.database)
    sessions = Sessions(stalled, secure=False)
    sockets = [upgrade(cookie=f"hearth={one.token}") for one in people]
    async with asyncio.timeout(20):
        found = await asyncio.gather(*(sessions.who(socket.scope) for socket in sockets))
    assert [one.person for one in found if one is not None] == [one.person for one in people]
    stalled.free.set()
    late = "SELECT 1 FROM session WHERE person <> ? AND seen_ms < NOW_MS() - 500000"
    async with asyncio.timeout(20):
        while await house.rows(late, keeper.person):  # noqa: ASYNC110 - the database has no event for us
            await asyncio.sleep(0.01)
    assert stalled.writes <= 3


async def test_what_another_node_ended_is_not_believed_here_any_more(house: House, keeper: Browser) -> None:
    rosa = await house.member(keeper, "Rosa")
    assert (await rosa.get("/api/me")).json()["person"] == rosa.person
    [(session,)] = await house.rows("SELECT id FROM session WHERE person = ?", rosa.person)
    await house.change("DELETE FROM session WHERE id = ?", session)
    house.hearth.streams.hear(Ending(PersonId(rosa.person), session))
    assert (await rosa.get("/api/me")).json()["person"] is None


class Stalled:
    """A real database that writes nothing until it is let."""

    def __init__(self, real: Database) -> None:
        self.real = real
        self.free = asyncio.Event()
        self.writes = 0

    async def open(self) -> None:
        return

    async def close(self) -> None:
        return

    async def read(self, work: Callable[[], Work[Any]]) -> Any:
        return await self.real.read(work)

    async def write(self, work: Callable[[], Work[Any]]) -> Any:
        self.writes += 1
        await self.free.wait()
        return await self.real.write(work)


async def test_a_session_that_another_node_ended_is_believed_for_five_seconds_at_most(
    house: House, keeper: Browser
) -> None:
    now = 0
    sessions = Sessions(house.hearth.database, secure=False, now_ms=lambda: now)
    scope: dict[str, Any] = {"headers": [(b"cookie", f"other=1; hearth={keeper.token}".encode())]}
    found = await sessions.who(scope)
    assert found is not None
    assert found.person == keeper.person
    await house.change("DELETE FROM session")
    now = 4_999
    assert await sessions.who(scope) == found
    assert await sessions.living([found.session]) == frozenset()
    now = 5_000
    assert await sessions.who(scope) is None


async def test_living_sessions_are_told_from_those_that_ended(house: House, keeper: Browser) -> None:
    rosa = await house.member(keeper, "Rosa")
    found: dict[str, SessionInfo | None] = {}
    for who in (keeper, rosa):
        found[who.person] = await house.hearth.sessions.who({"headers": [(b"cookie", b"hearth=" + who.token.encode())]})
    ids = {person: info.session for person, info in found.items() if info is not None}
    await house.change("UPDATE session SET ends_ms = 1 WHERE person = ?", rosa.person)
    assert await house.hearth.sessions.living(ids.values()) == frozenset({ids[keeper.person]})
    assert await house.hearth.sessions.living([]) == frozenset()


# The upgrade of the live connection


def upgrade(**headers: str) -> WebSocket:
    """A request for a live connection with these headers."""

    async def never() -> dict[str, Any]:
        raise AssertionError

    async def nowhere(_message: object) -> None:
        raise AssertionError

    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "websocket", "path": "/live", "headers": given, "subprotocols": []}
    return WebSocket(scope, never, nowhere)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://localhost:8000", "cookie": "hearth={token}"}, None),
        ({"origin": "http://hall.local:8000", "host": "hall.local:8000", "cookie": "hearth={token}"}, None),
        ({"authorization": "Bearer {token}"}, None),
        ({"cookie": "hearth={token}"}, 403),
        ({"origin": "http://evil.example", "host": "localhost:8000", "cookie": "hearth={token}"}, 403),
        ({"origin": "https://localhost:8000", "host": "localhost:8000", "cookie": "hearth={token}"}, 403),
        ({"origin": "http://localhost:8000.evil.example", "cookie": "hearth={token}"}, 403),
        ({"origin": "http://evil.example", "authorization": "Bearer {token}"}, 403),
        ({"origin": "null", "cookie": "hearth={token}"}, 403),
        ({"origin": "http://localhost:8000"}, 401),
        ({"origin": "http://localhost:8000", "cookie": "hearth=nonsense"}, 401),
    ],
)
async def test_a_live_connection_opens_only_for_our_pages_and_signed_in_people(
    house: House, keeper: Browser, headers: dict[str, str], status: int | None
) -> None:
    filled = {name: value.format(token=keeper.token) for name, value in headers.items()}
    found = await house.hearth.door.identify(upgrade(**filled))
    if status is None:
        assert isinstance(found, tuple)
        assert found[0] == keeper.person
    else:
        assert not isinstance(found, tuple)
        assert found.status_code == status
        assert found.headers["content-type"] == "application/problem+json"


async def test_a_session_that_ends_while_it_is_looked_up_is_not_believed_any_longer(
    house: House, keeper: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions, database = house.hearth.sessions, house.hearth.database
    scope = {"headers": [(b"cookie", f"hearth={keeper.token}".encode())]}
    found = await sessions.who(scope)
    assert found is not None
    sessions.drop_cached(found.person)
    read = database.read

    async def late(work: Any) -> Any:
        row = await read(work)
        monkeypatch.undo()
        await sessions.end(found.session, found.person)
        return row

    monkeypatch.setattr(database, "read", late)
    await sessions.who(scope)
    assert await sessions.who(scope) is None
