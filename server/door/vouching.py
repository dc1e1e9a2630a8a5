"""Whom an organisation has signed in: they say how they are called here and join; members connect theirs, or end it."""

from community.commands import DisconnectIdentity, Join, NewMember, Vouched
from rooms.contract import Code, Refused
from rooms.ids import PersonId
from server import api
from server.door import identities_sql as identities
from server.door import reads_sql as reads
from server.door.door import Asked, Door, Given
from server.door.limits import Limit
from server.door.organisation import Organisation, Ticket


class Vouching:
    """Handlers of the routes about the organisation's sign-in."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._organisation = Organisation(door)

    async def look_vouched(self, asked: Asked) -> api.VouchedLook:
        """What whoever the organisation has signed in reads before they join."""
        ticket = self._organisation.ticket(asked.cookies)
        community, _ = await self._organisation.community()
        await self._organisation.not_somebody_else(asked.session, community)
        view = await self._door.database.read(lambda: reads.community_view(community))
        return api.VouchedLook(
            community=view,
            organisation=self._door.settings.oidc_name,
            name=ticket.given_name,
            roles=ticket.roles,
            shared=ticket.shared,
            ends_ms=ticket.until_ms,
        )

    async def join_vouched(self, asked: Asked) -> Given:
        """Come in, as the organisation vouches for me."""
        body, ticket = asked.take(api.JoinVouchedBody), self._organisation.ticket(asked.cookies)
        community, slug = await self._organisation.community()
        await self._organisation.not_somebody_else(asked.session, community)
        retry_ms = self._door.limits.allow(Limit.NEW_SESSION, asked.address)
        if retry_ms is not None:
            raise Refused(Code.TOO_FAST, retry_ms=retry_ms)
        token, session = self._organisation.new_session(asked.session, shared=body.shared)
        command = Join(
            community=community,
            person=self._person(ticket, body),
            who=NewMember(name=body.name, standing=body.standing, accepted=not body.listen),
            vouched=Vouched(identity=ticket.identity, roles=ticket.roles),
            session=session,
        )
        await self._door.ask(community, command, actor=None)
        await self._organisation.came_in(asked.session, command.person)
        joined = api.Joined(community_slug=slug, room_slug=_room_of(ticket.onward), person=command.person)
        cookie = self._door.sessions.set_cookie(token, shared=session.shared)
        return Given(joined, (*self._organisation.over(), cookie))

    def _person(self, ticket: Ticket, body: api.JoinVouchedBody) -> PersonId:
        # The same request sent again, because its answer was lost, is the same person again.
        return ticket.person or self._door.keys.person_of(body.nonce)

    async def connect_identity(self, asked: Asked) -> Given:
        """Let the organisation's sign-in be a way in for me: where to go for it."""
        person = asked.person
        if asked.session is not None and asked.session.bearer:
            # Only a browser can go there and come back.
            raise Refused(Code.NOT_ALLOWED)
        if asked.session is not None and asked.session.shared:
            # Whoever finds it open would have a way in to it for good.
            raise Refused(Code.SHARED_DEVICE)
        address, cookie = await self._organisation.begin(person=person)
        return Given(api.Onward(address=address), (cookie,))

    async def disconnect_identity(self, asked: Asked) -> api.Done:
        """Let the organisation's sign-in be no way in for me any more."""
        _ = self._organisation.provider
        person = asked.person
        community, _ = await self._organisation.community()
        await self._door.ask(community, DisconnectIdentity(community=community), actor=person)
        self._door.sessions.drop_cached(person)
        return api.Done()

    async def stated(self, person: PersonId | None) -> tuple[str | None, bool]:
        """The organisation that people may sign in by here, and whether this person does."""
        if self._door.provider is None:
            return None, False
        try:
            await self._organisation.community()
        except Refused:
            # Nobody has claimed the server yet, or it is not said which of its communities is meant.
            return None, False
        connected = person is not None and await self._door.database.read(lambda: identities.is_connected(person))
        return self._door.settings.oidc_name, connected


def _room_of(onward: str) -> str | None:
    """The room that somebody was on the way to."""
    _, _, room = onward.partition("/r/")
    return room or None
