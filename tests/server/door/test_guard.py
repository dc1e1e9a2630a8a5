"""What stands before every request: origins, our header, sizes, kinds, and the headers of every answer."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.door.guard import BODY_LIMIT_BYTES, Proxies
from tests.server.door.house import Browser, House, house_on

WRONG_ORIGIN = (403, "wrong_origin")


@pytest.mark.parametrize(
    ("origin", "answer"),
    [
        ("http://localhost:8000", (200, None)),
        ("", WRONG_ORIGIN),
        ("null", WRONG_ORIGIN),
        ("http://evil.example", WRONG_ORIGIN),
        ("http://localhost:8001", WRONG_ORIGIN),
        ("https://localhost:8000", WRONG_ORIGIN),
        ("http://localhost:8000/", WRONG_ORIGIN),
        ("http://localhost:8000.evil.example", WRONG_ORIGIN),
        ("HTTP://LOCALHOST:8000", WRONG_ORIGIN),
    ],
)
async def test_a_request_with_a_cookie_must_come_from_our_page_to_the_letter(
    house: House, keeper: Browser, origin: str, answer: tuple[int, str | None]
) -> None:
    given = await keeper.post("/api/sign-out", origin=origin)
    assert (given.status_code, given.json().get("code")) == answer


async def test_a_request_without_our_header_could_be_a_form_of_another_site(house: House, keeper: Browser) -> None:
    given = await keeper.post("/api/sign-out", x_hearth="")
    assert (given.status_code, given.json()["code"]) == WRONG_ORIGIN
    assert (await keeper.get("/api/sessions")).status_code == 200


async def test_a_stranger_is_guarded_too_so_that_nobody_is_signed_in_by_another_site(house: House) -> None:
    given = await house.browser().post("/api/sign-in", {"secret": "s" * 32}, origin="http://evil.example")
    assert (given.status_code, given.json()["code"]) == WRONG_ORIGIN
    program = await house.browser().post("/api/sign-in", {"secret": "s" * 32}, origin="")
    assert program.status_code == 410


async def test_two_origins_are_none(house: House, keeper: Browser) -> None:
    twice = [("origin", keeper.origin), ("origin", keeper.origin), ("x-hearth", "1")]
    given = await keeper.http.post("/api/sign-out", headers=twice)
    assert (given.status_code, given.json()["code"]) == WRONG_ORIGIN


async def test_in_production_only_the_named_origins_count(database_url: str) -> None:
    settings: dict[str, Any] = {
        "env": "production",
        "public_url": "https://talk.example.org",
        "allowed_origins": ("https://app.example.org",),
    }
    async with house_on(database_url, **settings) as house:
        keeper = await house.keeper()
        for origin, status in (
            ("https://talk.example.org", 200),
            ("https://app.example.org", 200),
            ("http://talk.example.org", 403),
        ):
            given = await keeper.ask("PATCH", "/api/communities/eyes/me", {"name": "Kirsten"}, origin=origin)
            assert given.status_code == status, origin


async def test_in_production_the_own_host_is_no_origin(database_url: str) -> None:
    async with house_on(database_url, env="production", public_url="http://talk.example.org") as house:
        given = await house.browser().post("/api/sign-out", origin="http://elsewhere.example", host="elsewhere.example")
        assert given.json()["code"] == "wrong_origin"


@pytest.mark.parametrize("body", [b"x" * (BODY_LIMIT_BYTES + 1), b'{"secret":"' + b"s" * BODY_LIMIT_BYTES + b'"}'])
async def test_a_body_over_the_limit_is_refused(house: House, body: bytes) -> None:
    given = await house.browser().post("/api/sign-in", body, content_type="application/json")
    assert given.status_code == 413
    assert given.json() == {
        "type": "urn:hearth:too_long",
        "title": "Request Entity Too Large",
        "status": 413,
        "code": "too_long",
        "params": {"limit": BODY_LIMIT_BYTES},
        "detail": "",
        "retry_ms": None,
    }


@pytest.mark.parametrize("length", ["-1", "ten", "", "99999999999999999999"])
async def test_a_length_that_is_none_is_too_large(house: House, length: str) -> None:
    browser = house.browser()
    headers = {"origin": browser.origin, "x-hearth": "1", "content-length": length}
    given = await browser.http.request("POST", "/api/sign-in", headers=headers)
    assert given.status_code == (413 if length else 422)


async def test_a_body_of_unknown_length_is_cut_at_the_limit(house: House) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 1024

    browser = house.browser()
    headers = {"origin": browser.origin, "x-hearth": "1", "content-type": "application/json"}
    given = await browser.http.post("/api/sign-in", content=pieces(), headers=headers)
    assert (given.status_code, given.json()["code"]) == (413, "too_long")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_only_json_is_taken(house: House, kind: str) -> None:
    given = await house.browser().post("/api/sign-in", b'{"secret":"ssssss"}', content_type=kind)
    assert (given.status_code, given.json()["code"]) == (415, "malformed")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b'{"secret":5}',
        b'{"secret":"ssssss","more":1}',
        b'{"secret":"\\ud800aaaaa"}',
    ],
)
async def test_a_body_that_is_not_what_the_route_takes_is_malformed(house: House, body: bytes) -> None:
    given = await house.browser().post("/api/sign-in", body, content_type="application/json")
    assert (given.status_code, given.json()["code"]) == (422, "malformed")
    assert "ssssss" not in given.text


async def test_an_unknown_address_and_an_unknown_method_are_problems(house: House) -> None:
    browser = house.browser()
    for method in ("GET", "POST", "DELETE"):
        nothing = await browser.ask(method, "/api/nothing")
        assert (nothing.status_code, nothing.json()["code"]) == (404, "not_found")
        assert nothing.headers["content-type"] == "application/problem+json"
    for path, allowed in (("/api/join", "POST"), ("/api/communities/eyes", "GET, PATCH"), ("/c/eyes", "GET")):
        given = await browser.delete(path)
        assert (given.status_code, given.json()["code"]) == (405, "malformed")
        assert given.headers["allow"] == allowed


@pytest.mark.parametrize(
    "path", ["/api/communities/%00", "/api/communities/a%20b", "/api/communities/" + "x" * 65, "/api/communities/é"]
)
async def test_an_address_of_nothing_is_not_found(house: House, keeper: Browser, path: str) -> None:
    given = await keeper.get(path)
    assert (given.status_code, given.json()["code"]) == (404, "not_found")


async def test_a_query_with_a_zero_byte_is_malformed(house: House, keeper: Browser) -> None:
    given = await keeper.get("/api/communities/eyes/members?q=%00")
    assert (given.status_code, given.json()["code"]) == (422, "malformed")


POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:;"
    " connect-src 'self' ws://localhost:8000; manifest-src 'self'; worker-src 'self'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)


@pytest.mark.parametrize("path", ["/", "/api/me", "/api/nothing", "/api/sessions", "/healthz"])
async def test_every_answer_carries_what_a_browser_must_obey(house: House, path: str) -> None:
    headers = (await house.browser().get(path)).headers
    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "microphone=()" in headers["permissions-policy"]
    assert headers["cache-control"] == "no-store"
    assert "strict-transport-security" not in headers


async def test_a_refusal_of_the_guard_carries_them_too(house: House) -> None:
    given = await house.browser().post("/api/sign-out", origin="http://evil.example")
    assert given.headers["content-security-policy"] == POLICY


async def test_over_https_browsers_are_told_to_stay_there(database_url: str) -> None:
    async with house_on(database_url, public_url="https://talk.example.org") as house:
        headers = (await house.browser().get("/api/me")).headers
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert "connect-src 'self' wss://talk.example.org;" in headers["content-security-policy"]


async def test_a_strange_host_gets_into_no_header(house: House) -> None:
    given = await house.browser().get("/api/me", host="x; script-src *")
    assert given.headers["content-security-policy"] == POLICY
    own = await house.browser().get("/api/me", host="192.168.1.20:8000")
    assert "ws://localhost:8000 ws://192.168.1.20:8000;" in own.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.5", [], "203.0.113.5"),
        ("203.0.113.5", ["198.51.100.1"], "203.0.113.5"),
        ("10.0.0.2", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.2", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.2", ["6.6.6.6, 198.51.100.1, 10.0.0.3"], "198.51.100.1"),
        ("10.0.0.2", ["6.6.6.6", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.2", ["198.51.100.1:5678"], "198.51.100.1"),
        ("10.0.0.2", ["[2001:db8::1]:5678"], "2001:db8::1"),
        ("10.0.0.2", ["unknown"], "unknown"),
        ("10.0.0.2", ["198.51.100.1, unknown"], "unknown"),
        ("10.0.0.2", ["10.0.0.9"], "10.0.0.9"),
        ("10.0.0.2", [], "10.0.0.2"),
    ],
)
def test_only_a_trusted_proxy_is_believed_about_an_address(peer: str, forwarded: list[str], client: str) -> None:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    assert Proxies(["10.0.0.0/8"]).client({"client": (peer, 1), "headers": headers}) == client


def test_a_connection_without_an_address_has_none() -> None:
    assert Proxies(["10.0.0.0/8"]).client({"client": None, "headers": []}) == ""
