"""REST asked by a program of ours."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import msgspec
import pytest

from rooms.contract import Code, Refused
from server import api
from server.rest import Away, Rest
from tests.services import free_port


class _Counter(BaseHTTPRequestHandler):
    """Answers what it was told to, one after the other, and keeps what it was asked."""

    port: ClassVar[int]
    answers: ClassVar[list[tuple[int, bytes]]]
    asked: ClassVar[list[tuple[str, str, str | None, bytes]]]

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append((self.command, self.path, self.headers.get("Authorization"), body))
        status, answer = self.answers.pop(0)
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_GET  # noqa: N815 - the library's name

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def counter() -> Iterator[type[_Counter]]:
    class Counter(_Counter):
        answers: ClassVar[list[tuple[int, bytes]]] = []
        asked: ClassVar[list[tuple[str, str, str | None, bytes]]] = []

    with HTTPServer(("127.0.0.1", 0), Counter) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        Counter.port = server.server_port
        yield Counter
        server.shutdown()


def rest(counter: type[_Counter], token: str = "") -> Rest:
    return Rest(f"http://127.0.0.1:{counter.port}/", token=token)


def problem(code: str, **more: object) -> bytes:
    return json.dumps({"type": "about:blank", "title": "No", "status": 400, "code": code, **more}).encode()


async def test_what_is_asked_carries_the_token_and_comes_back_as_a_value(counter: type[_Counter]) -> None:
    counter.answers += [(200, b'{"done":true}')]
    assert await rest(counter, "let-me-in").get("/api/x", api.Done) == api.Done()
    assert counter.asked == [("GET", "/api/x", "Bearer let-me-in", b"")]


async def test_what_is_sent_is_json_and_the_headers_come_back(counter: type[_Counter]) -> None:
    counter.answers += [(200, b"{}")]
    answer, headers = await rest(counter).post("/api/x", api.SignInBody(secret="s" * 32))
    assert (answer, headers["Content-Length"]) == (b"{}", "2")
    [(_, _, token, sent)] = counter.asked
    assert token is None
    assert msgspec.json.decode(sent) == {"secret": "s" * 32}


async def test_a_refusal_has_its_code(counter: type[_Counter]) -> None:
    counter.answers += [(404, problem("not_found", params={"limit": 3}))]
    with pytest.raises(Refused) as refused:
        await rest(counter).get("/api/x", api.Done)
    assert (refused.value.code, refused.value.params) == (Code.NOT_FOUND, {"limit": 3})


async def test_what_comes_too_fast_is_asked_again_when_it_may(counter: type[_Counter]) -> None:
    counter.answers += [(429, problem("too_fast", retry_ms=1)), (200, b'{"done":true}')]
    assert await rest(counter).get("/api/x", api.Done) == api.Done()
    assert len(counter.asked) == 2


async def test_an_answer_that_is_not_ours_is_somebody_elses_server(counter: type[_Counter]) -> None:
    counter.answers += [(502, b"<html>Bad gateway</html>")]
    with pytest.raises(Away, match="502"):
        await rest(counter).get("/api/x", api.Done)


async def test_nobody_there_is_told() -> None:
    with pytest.raises(Away, match="does not answer"):
        await Rest(f"http://127.0.0.1:{free_port()}").get("/api/x", api.Done)
