"""A server that people talk on writes down neither what they say nor what lets them in."""

from pathlib import Path
from typing import Any

import httpx2
import msgspec
from websockets.sync.client import ClientConnection, connect

from rooms.ids import room_stream
from tests.server.processes import served
from tests.server.test_commands import CLAIM
from tests.world import new_nonce

WORDS = "Ich hatte solche Angst vor der Untersuchung"
NAME = "Rosalinde"
NOWHERE = "qR7vTq0rWm3Zb8yKx5LcNd7P"


class Talk:
    """One person on one live connection."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def do(self, ref: int, **command: object) -> None:
        self.socket.send(msgspec.json.encode({"ref": ref, "do": command}).decode())

    def item(self, kind: str) -> dict[str, Any]:
        """The next item of a kind."""
        while True:
            for item in msgspec.json.decode(self.socket.recv(timeout=30)):
                if item["t"] == kind:
                    return dict(item)


def test_neither_words_nor_names_nor_secrets_reach_the_log(tmp_path: Path) -> None:
    with served(tmp_path, HEARTH_LOG_LEVEL="debug", HEARTH_LOG_FORMAT="json") as (server, address):
        link = server.line("Claim it, once:").split()[-1]
        headers = {"origin": address, "x-hearth": "1"}
        secrets = [link.rpartition("/")[2], NOWHERE]
        with httpx2.Client(base_url=address, headers=headers) as browser:
            body = CLAIM | {"secret": secrets[0], "your_name": NAME}
            assert browser.post("/api/claim", json=body).status_code == 200
            secrets += list(browser.cookies.values())
            room = browser.post("/api/communities/eyes/rooms", json={"slug": "tea", "title": "Tea"}).json()["room"]
            cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
            for path in (f"/join/{NOWHERE}", f"/in/{NOWHERE}?again={NOWHERE}", f"/claim/{NOWHERE}", f"/x?{NOWHERE}"):
                browser.get(path)
            browser.post("/api/sign-in", json={"secret": NOWHERE})
            browser.post("/api/join", content=f'{{"secret": "{NOWHERE}", "name": "{WORDS}", "more": 1}}')
            talk_about(address, cookie, room)
        assert server.stop() == 0
    log = "\n".join(line for line in server.said if "Claim it, once" not in line)
    assert '"event"' in log
    for secret in (*secrets, WORDS, NAME):
        assert secret not in log


def talk_about(address: str, cookie: str, room: str) -> None:
    with live(address, cookie) as socket:
        talk = Talk(socket)
        talk.do(1, t="stream.follow", stream=room_stream(room))  # type: ignore[arg-type]
        talk.item("following")
        talk.do(2, t="message.post", room=room, nonce=new_nonce(), text=WORDS)
        assert talk.item("event")["event"]["text"] == WORDS
        talk.do(3, t="message.post", room=room, nonce=new_nonce(), text=WORDS * 200)
        talk.item("refusal")
        # What is no command ends the connection, so each has one of its own.
        socket.send(f'{{"ref": 4, "do": {{"t": "{WORDS}"}}}}')
    with live(address, cookie) as socket:
        socket.send(f"{WORDS} is no JSON")


def live(address: str, cookie: str) -> ClientConnection:
    return connect(
        f"{address.replace('http', 'ws', 1)}/live?token={NOWHERE}",
        additional_headers={"cookie": cookie, "origin": address},
        subprotocols=["hearth.v1.json"],  # type: ignore[list-item]  # the library's own name for a string
    )
