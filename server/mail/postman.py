"""The postman: makes mails of news, and hands each to the mail server, once however many nodes there are."""

import asyncio
import random
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import structlog

from community.letters import About, Letter, confirming, telling
from community.ports import Mail, MailLater, MailRefused, Mails, MailUnsure
from community.reach import NewsKind, quiet_left_min
from server.clock import wall_ms
from server.database.ports import Database
from server.mail import news_sql, outbox_sql
from server.mail.outbox_sql import AGAIN_MS, Due, Ready
from server.mail.reach_sql import CONFIRM, Calm
from server.mail.sealing import Seal
from server.telemetry import Metrics

log = structlog.get_logger("hearth.mail")

# Whoever waits for the mail that asks whether their address is right should not wait long.
LOOK_S = 2.0
# When the database is away there is no hurry.
FAILED_S = 10.0
_MINUTE_MS = 60_000


class Postman:
    """Sends what is due, in this process's name, as long as it runs."""

    def __init__(
        self, database: Database, mails: Mails, seal: Seal, *, address: str, node: str, metrics: Metrics
    ) -> None:
        """`address` stands before the path in links; `node` is a name that no other process has."""
        self._database = database
        self._mails = mails
        self._seal = seal
        self._address = address
        self._node = node
        self._metrics = metrics

    async def run(self) -> None:
        """Look for due mails until cancelled."""
        while True:
            wait_s = LOOK_S
            try:
                await self.round()
            except Exception:
                log.exception("mail.round_failed")
                wait_s = FAILED_S
            await asyncio.sleep(wait_s * random.uniform(0.75, 1.25))  # noqa: S311 - no secret depends on it

    async def round(self) -> int:
        """Send everything that is due now; how many mails were dealt with."""
        while await self._database.write(news_sql.spread):
            pass
        dealt = 0
        while due := await self._database.write(partial(outbox_sql.claim, self._node)):
            for one in due:
                await self._deal(one)
            dealt += len(due)
        return dealt

    async def _deal(self, due: Due) -> None:
        ready = await self._database.read(partial(outbox_sql.look, due))
        address = None if ready is None else self._seal.open(ready.kept.sealed, due.person)
        if ready is None or address is None:
            await self._settle(due, "dropped")
            return
        left_min = 0 if due.kind == CONFIRM else quiet_left_min(ready.calm.quiet, _minute(ready.calm))
        if left_min:
            await self._database.write(partial(outbox_sql.put_off, due, node=self._node, for_ms=left_min * _MINUTE_MS))
            return
        mail = self._mail(due, ready, address)
        if await self._database.write(partial(outbox_sql.begin, due, self._node)):
            await self._hand_over(due, mail, reach=ready.kept.id)

    async def _hand_over(self, due: Due, mail: Mail, *, reach: str) -> None:
        try:
            await self._mails.send(mail)
        except MailLater as later:
            await self._again(due, later.said)
        except MailRefused as refused:
            await self._database.write(partial(outbox_sql.fail_address, due, reach))
            await self._settle(due, "failed", said=refused.said)
        except MailUnsure:
            await self._settle(due, "unsure")
        else:
            await self._settle(due, "sent")

    async def _again(self, due: Due, said: int | None) -> None:
        if due.tries >= len(AGAIN_MS):
            await self._settle(due, "failed", said=said)
            return
        self._metrics.mails.labels(due.kind, "later").inc()
        log.info("mail.later", job=due.kind, count=due.tries + 1, status=said)
        await self._database.write(
            partial(outbox_sql.put_off, due, node=self._node, for_ms=AGAIN_MS[due.tries], said=said)
        )

    async def _settle(self, due: Due, state: str, *, said: int | None = None) -> None:
        await self._database.write(partial(outbox_sql.settle, due, state, node=self._node, said=said))
        self._metrics.mails.labels(due.kind, state).inc()
        log.info("mail.done", job=due.kind, reason=state, status=said)

    def _mail(self, due: Due, ready: Ready, address: str) -> Mail:
        letter, stop_link = self._letter(due, ready)
        return Mail(id=due.id.lower(), to=address, subject=letter.subject, text=letter.text, stop_link=stop_link)

    def _letter(self, due: Due, ready: Ready) -> tuple[Letter, str]:
        kept = ready.kept
        if due.kind == CONFIRM:
            link = f"{self._address}/reach/{self._seal.confirm_secret(kept.id)}"
            return confirming(kept.language, About(community=ready.community, link=link)), ""
        place = f"/c/{ready.slug}" + (f"/r/{ready.room}" if ready.room is not None else "")
        stop_link = f"{self._address}/stop/{self._seal.stop_secret(kept.id)}"
        about = About(
            community=ready.community,
            says=ready.says,
            when=ready.when,
            link=self._address + place,
            stop_link=stop_link,
        )
        return telling(NewsKind(due.kind), kept.language, about), stop_link


def _minute(calm: Calm) -> int:
    """The minute of the person's own day that it is now."""
    now = datetime.fromtimestamp(wall_ms() / 1000, tz=ZoneInfo(calm.zone))
    return now.hour * 60 + now.minute
