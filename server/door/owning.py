"""What is kept of me: looked at, taken along, and erased."""

import asyncio

import structlog

from community.erasing import BACKUPS_MS, RECEIPT_MS, WIPED_MS
from community.kept import KeptKind
from rooms.contract import Code, Refused
from server import api_keeping
from server import erasing_sql as erasing
from server import exporting_sql as exporting
from server.door.door import Asked, Door, Given
from server.door.guesses import Guesses
from server.door.keys import secret_hash

# An answer that says "done" is better than one that says "soon", and not worth waiting longer for.
WAIT_S = 2.5

log = structlog.get_logger("hearth.erasing")


class Owning:
    """Handlers of the routes about one's own data."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._guesses = Guesses(door.limits)

    async def kept(self, asked: Asked) -> api_keeping.Kept:
        """What is kept of me, in numbers."""
        person = asked.person
        return await self._door.database.read(lambda: exporting.kept_of(person))

    async def export(self, asked: Asked) -> api_keeping.ExportPage:
        """A page of everything that is kept of me, to whoever is signed in as me and to nobody else."""
        person, cursor = asked.person, asked.query.get("cursor", "")
        if asked.session is not None and asked.session.shared and asked.query.get("here") != "yes":
            # The file stays on the device when its session has long ended.
            raise Refused(Code.SHARED_DEVICE)
        return await self._door.database.read(lambda: exporting.page(person, cursor))

    async def erase_me(self, asked: Asked) -> Given:
        """Erase everything that is kept of me."""
        person, hashed = asked.person, secret_hash(asked.take(api_keeping.EraseBody).secret)
        begun = await self._door.erasing.begin(person, hashed)
        # Their devices are signed out everywhere, and what is open is closed.
        self._door.sessions.forget(person)
        rest = asyncio.create_task(self._door.erasing.carry_out(begun.id, person))
        rest.add_done_callback(_ended)
        await asyncio.wait({rest}, timeout=WAIT_S)
        now = await self._door.database.read(lambda: erasing.by_secret(hashed)) or begun
        return Given(receipt_of(now), (self._door.sessions.drop_cookie(),))

    async def receipt(self, asked: Asked) -> api_keeping.ErasureReceipt:
        """The receipt of somebody who has erased themselves."""
        hashed = secret_hash(asked.take(api_keeping.ReceiptBody).secret)
        await self._guesses.may_try(asked.address, code=False)
        found = await self._door.database.read(lambda: erasing.by_secret(hashed))
        if found is None:
            await self._guesses.wrong(asked.address, code=False)
            raise Refused(Code.NOT_FOUND)
        return receipt_of(found)


def _ended(rest: "asyncio.Task[bool]") -> None:
    """What could not be done just now is done by the worker, or by the duty that stands in for it."""
    if not rest.cancelled() and (error := rest.exception()) is not None:
        log.warning("erasing goes on later", error=type(error).__name__)


def receipt_of(erasure: erasing.Erasure) -> api_keeping.ErasureReceipt:
    """The receipt as it is shown: numbers and dates, and nothing of the person."""
    done_ms = erasure.done_ms
    return api_keeping.ErasureReceipt(
        receipt=erasure.id,
        asked_ms=erasure.asked_ms,
        done_ms=done_ms,
        sealed=erasure.sealed,
        erased=tuple(api_keeping.KeptLine(what=KeptKind(what), count=count) for what, count in erasure.counts.items()),
        wiped_ms=None if done_ms is None else done_ms + WIPED_MS,
        backups_ms=None if done_ms is None else done_ms + BACKUPS_MS,
        until_ms=None if done_ms is None else done_ms + RECEIPT_MS,
    )
