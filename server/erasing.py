"""Carries out erasures, on whichever node or worker gets to them: begun by a person, ended by whoever is alive."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import structlog

from community.erasing import RECEIPT_MS
from rooms.ids import PersonId
from server import erasing_sql as sql
from server.clock import new_id
from server.database.ports import Contended, Database, Work
from server.streams.transaction import Committed

# How long to wait before another try, when somebody held a lock for too long.
AGAIN_S = (0.05, 0.2, 0.5)

T = TypeVar("T")

log = structlog.get_logger("hearth.erasing")


class Erasing:
    """Begins erasures, and carries them out part by part. Several may be at it: each erasure is one's at a time."""

    def __init__(self, database: Database, *, node: str, told: Callable[[Committed], None] = lambda _: None) -> None:
        """`told` brings what was stored to those who follow. Without it, as in a worker, nodes find it themselves."""
        self._database = database
        self._node = node
        self._told = told

    async def begin(self, person: PersonId, secret_hash: str) -> sql.Erasure:
        """Cut everything of a person off from everybody. Raises `Refused`; the rest is `carry_out`'s."""
        erasure, committed = await self._write(lambda: sql.begin(person, erasure=new_id(), secret_hash=secret_hash))
        self._told(committed)
        # The id alone: a backup that is put back without this database is told by it whom to erase again.
        log.info("person.erased", erasure=erasure.id, person=person)
        return erasure

    async def carry_out(self, erasure: str, person: PersonId) -> bool:
        """Do what is left of one erasure; false when another node is at it, or a hold keeps it from its end."""
        if not await self._database.write(lambda: sql.claim(erasure, self._node)):
            return False
        while (committed := await self._write(lambda: sql.next_part(erasure, person, self._node))) is not None:
            self._told(committed)
            # Those who wait for the one writer have their turn between two parts.
            await asyncio.sleep(0)
        return await self._write(lambda: sql.finish(erasure, person))

    async def carry_out_all(self, now_ms: int) -> int:
        """Do what is left of every erasure, as a duty; how many came to their end."""
        await self._database.write(lambda: sql.old_receipts(now_ms - RECEIPT_MS))
        waiting = await self._database.read(sql.pending)
        return sum([await self.carry_out(erasure, person) for erasure, person in waiting])

    async def _write(self, work: Callable[[], Work[T]]) -> T:
        """In a room where many write, the lock is not always to be had at once."""
        for pause_s in AGAIN_S:
            try:
                return await self._database.write(work)
            except Contended:
                await asyncio.sleep(pause_s)
        return await self._database.write(work)
