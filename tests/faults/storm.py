"""Somebody whose connection comes and goes as fast as a machine can make it."""

import asyncio
import base64
import os

from tests.faults.calls import called

# A second of this is what a broken client does in a loop without a pause.
A_SECOND = 500


async def reconnect_fast(port: int, token: str, *, times: int) -> None:
    """Open live connections one after the other, none of which is used, and let each go at once."""
    key = base64.b64encode(os.urandom(16)).decode()
    request = (
        f"GET /live HTTP/1.1\r\nHost: localhost:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: hearth.v1.json\r\n"
        f"Authorization: Bearer {token}\r\n\r\n"
    ).encode()
    async with asyncio.TaskGroup() as group:
        for _ in range(times):
            group.create_task(_once(port, request))
            await asyncio.sleep(1 / A_SECOND)


async def _once(port: int, request: bytes) -> None:
    try:
        async with asyncio.timeout(5), called(port) as (reader, writer):
            writer.write(request)
            await reader.read(1)
    except (OSError, TimeoutError):
        # Refused, cut or not answered in time: that is what it is for.
        return
