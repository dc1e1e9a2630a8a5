"""Being reached: an address and what it may be used for, quiet hours, links in mails, and telling people."""

from zoneinfo import available_timezones

from community.commands import TellPeople
from community.facts import require
from community.letters import DEFAULT_LANGUAGE, LANGUAGES
from community.reach import Involvement, Quiet, mail_address, masked
from rooms.contract import Code, Refused
from rooms.ids import CommunityId
from rooms.rights import Deed
from server import api, api_mail
from server.clock import new_id
from server.database.ports import Work
from server.door import reads_sql as reads
from server.door.door import Asked, Door
from server.door.guesses import Guesses
from server.door.keys import secret_hash
from server.door.limits import Limit
from server.mail import news_sql, outbox_sql, reach_sql
from server.mail.mail_kept import KeptMails


class Reaching:
    """Handlers of the routes about being reached and told."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._guesses = Guesses(door.limits)

    # What is mine ----------------------------------------------------------------------------------------------

    async def reach(self, asked: Asked) -> api_mail.Reach:
        """How I may be reached."""
        person = asked.person

        def work() -> Work[tuple[reach_sql.Kept | None, reach_sql.Calm]]:
            return (yield from reach_sql.reach_of(person)), (yield from reach_sql.calm_of(person))

        kept, calm = await self._door.database.read(work)
        address = None if kept is None else self._door.seal.open(kept.sealed, person)
        return api_mail.Reach(
            mail=self._door.mails is not None,
            # Masked: a neighbour at the screen does not learn it.
            address=None if kept is None else masked(address or "@"),
            confirmed=kept is not None and kept.confirmed,
            failed=kept is not None and kept.failed,
            ticked=tuple(sorted(kept.ticked)) if kept is not None else (),
            quiet_from_min=calm.quiet.from_min,
            quiet_to_min=calm.quiet.to_min,
            zone=calm.zone,
        )

    async def give_address(self, asked: Asked) -> api_mail.Reach:
        """Give an address, or tick other things for the one I gave."""
        body, person = asked.take(api_mail.ReachBody), asked.person
        language = body.language if body.language in LANGUAGES else DEFAULT_LANGUAGE
        if body.address is None:
            await self._door.database.write(lambda: reach_sql.tick(person, body.ticked, language))
            return await self.reach(asked)
        if self._door.mails is None:
            raise Refused(Code.MAIL_OFF)
        address = mail_address(body.address)
        self._count(Limit.MAIL_ASKED, person)
        self._count(Limit.MAIL_TO, self._door.seal.counted_as(address))
        seal, id_ = self._door.seal, new_id()
        new = reach_sql.NewAddress(
            id=id_,
            sealed=seal.close(address, person),
            confirm_hash=secret_hash(seal.confirm_secret(id_)),
            stop_hash=secret_hash(seal.stop_secret(id_)),
            mail=new_id(),
        )
        await self._door.database.write(lambda: reach_sql.give(person, new, ticked=body.ticked, language=language))
        return await self.reach(asked)

    def _count(self, limit: Limit, key: str) -> None:
        retry_ms = self._door.limits.allow(limit, key)
        if retry_ms is not None:
            raise Refused(Code.TOO_FAST, retry_ms=retry_ms)

    async def forget_address(self, asked: Asked) -> api.Done:
        """Keep no address of mine."""
        person = asked.person
        await self._door.database.write(lambda: reach_sql.forget(person))
        return api.Done()

    async def set_quiet(self, asked: Asked) -> api.Done:
        """When I want no mail."""
        body, person = asked.take(api_mail.QuietBody), asked.person
        if body.zone not in available_timezones():
            raise Refused(Code.MALFORMED)
        calm = reach_sql.Calm(Quiet(from_min=body.from_min, to_min=body.to_min), body.zone)
        await self._door.database.write(lambda: reach_sql.set_calm(person, calm))
        return api.Done()

    # What comes by mail ----------------------------------------------------------------------------------------

    async def confirm_address(self, asked: Asked) -> api.Done:
        """Say, by the link that came there, that the address is mine."""
        hashed = secret_hash(asked.take(api_mail.MailLink).secret)
        await self._guesses.may_try(asked.address, code=False)
        if not await self._door.database.write(lambda: reach_sql.confirm(hashed)):
            await self._guesses.wrong(asked.address, code=False)
            raise Refused(Code.MAIL_LINK_UNKNOWN)
        return api.Done()

    async def stop_mails(self, asked: Asked) -> api.Done:
        """Stop all mails to the address that the link came to, and forget it."""
        return await self._stop(asked, asked.take(api_mail.MailLink).secret)

    async def one_click_stop(self, asked: Asked) -> api.Done:
        """The same, as mail programs do it."""
        return await self._stop(asked, asked.path["secret"])

    async def _stop(self, asked: Asked, secret: str) -> api.Done:
        await self._guesses.may_try(asked.address, code=False)
        if not await self._door.database.write(lambda: reach_sql.stop(secret_hash(secret))):
            # Pressed twice it is done all the same; who tries out secrets is told nothing.
            await self._guesses.wrong(asked.address, code=False)
        return api.Done()

    # In a community --------------------------------------------------------------------------------------------

    async def _here(self, asked: Asked) -> CommunityId:
        slug, person = asked.path["slug"], asked.person

        def work() -> Work[CommunityId]:
            community = yield from reads.community_id(slug)
            yield from reads.member_here(community, person)
            return community

        return await self._door.database.read(work)

    async def involve(self, asked: Asked) -> api.Done:
        """How I take part."""
        body, community, person = asked.take(api_mail.InvolveBody), await self._here(asked), asked.person
        chosen = Involvement(communicate=body.communicate, improve=body.improve, share=body.share, inspire=body.inspire)
        await self._door.database.write(lambda: reach_sql.involve(community, person, chosen))
        return api.Done()

    async def tell_people(self, asked: Asked) -> api_mail.Told:
        """Tell everybody who may read a room, and wants to hear of such a thing."""
        body, community = asked.take(api_mail.TellBody), await self._here(asked)
        self._count(Limit.TELL, community)
        command = TellPeople(
            community=community, room=body.room, news=body.news, kind=body.kind, says=body.says, when=body.when
        )
        await self._door.ask(community, command, actor=asked.person)
        return api_mail.Told(mail=self._door.mails is not None)

    async def seen_news(self, asked: Asked) -> api.Done:
        """Put news away."""
        await self._here(asked)
        news, person = asked.path["news"], asked.person
        await self._door.database.write(lambda: news_sql.seen(news, person))
        return api.Done()

    async def outbox(self, asked: Asked) -> api_mail.Outbox:
        """What became of mails, for keepers."""
        slug, person = asked.path["slug"], asked.person

        def work() -> Work[tuple[api_mail.MailCount, ...]]:
            community = yield from reads.community_id(slug)
            who = yield from reads.member_here(community, person)
            require(who, Deed.SEE_OUTBOX, now_ms=0)
            found = yield from outbox_sql.counts(community)
            return tuple(api_mail.MailCount(matter=kind, state=state, count=n) for (kind, state), n in found.items())

        counts = await self._door.database.read(work)
        mails = self._door.mails
        kept = tuple(mails.sent)[::-1] if isinstance(mails, KeptMails) else ()
        return api_mail.Outbox(
            mail=mails is not None,
            counts=counts,
            mails=tuple(api_mail.KeptMail(subject=mail.subject, text=mail.text) for mail in kept),
        )
