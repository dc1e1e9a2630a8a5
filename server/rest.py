"""REST asked by a program of ours, as any other client would ask: JSON in, our values out, refusals by their code."""

import asyncio
import http.client
import urllib.request
from collections.abc import Mapping
from typing import TypeVar
from urllib.error import HTTPError

import msgspec

from rooms.contract import Code, Refused
from server import api
from server.voice import AGAIN, DEFAULT_RETRY_MS

TIMEOUT_S = 15.0

T = TypeVar("T")

# Without the environment's proxies: they are for other places than a server of one's own.
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


class Away(Exception):  # noqa: N818 - it is a state of the world, told to people as such
    """The server does not answer just now."""


class Rest:
    """The routes of one server, as one person or as a stranger."""

    def __init__(self, address: str, *, token: str = "") -> None:
        self._address = address.rstrip("/")
        self._token = token

    async def get(self, path: str, kind: type[T]) -> T:
        """What a path gives. Raises `Refused`, and `Away` when nobody answers."""
        return msgspec.json.decode((await self._send("GET", path, None))[0], type=kind)

    async def post(self, path: str, body: msgspec.Struct) -> tuple[bytes, Mapping[str, str]]:
        """What comes of asking for something: the answer and its headers. Raises as `get`."""
        return await self._send("POST", path, msgspec.json.encode(body))

    async def _send(self, method: str, path: str, body: bytes | None) -> tuple[bytes, Mapping[str, str]]:
        while True:
            try:
                return await asyncio.to_thread(self._send_now, method, path, body)
            except Refused as refused:
                if refused.code not in AGAIN:
                    raise
                await asyncio.sleep(int(refused.params.get("retry_ms", DEFAULT_RETRY_MS)) / 1000)

    def _send_now(self, method: str, path: str, body: bytes | None) -> tuple[bytes, Mapping[str, str]]:
        headers = {"X-Hearth": "1", "Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        asked = urllib.request.Request(  # noqa: S310 - the address is the operator's own word
            self._address + path, data=body, headers=headers, method=method
        )
        try:
            with _open(asked, timeout=TIMEOUT_S) as answer:
                return answer.read(), dict(answer.headers)
        except HTTPError as error:
            with error:
                raise _refused(error.code, error.read()) from None
        except (OSError, http.client.HTTPException) as error:
            raise Away(f"{self._address} does not answer: {error}") from None


def _refused(status: int, body: bytes) -> Refused:
    try:
        problem = msgspec.json.decode(body, type=api.Problem)
    except msgspec.DecodeError:
        # Something else stands there, or before it.
        raise Away(f"the answer was status {status}, and not one of Hearth's") from None
    params = dict(problem.params)
    if problem.retry_ms is not None:
        params["retry_ms"] = problem.retry_ms
    return Refused(Code(problem.code), **params)
