"""Coming in and going out: who I am, what an invitation leads to, joining, signing in, claiming, signing out."""

import secrets

from community.commands import Join, NewMember, NewSession
from community.invitations import Invitation, looks_like_code
from rooms.contract import Code, Refused
from rooms.ids import PersonId
from server import api
from server.clock import new_id
from server.door import invitations_sql as invitations
from server.door import links_sql as links
from server.door import passkeys_sql as passkeys
from server.door import reads_sql as reads
from server.door import sessions_sql
from server.door import ways_back_sql as ways_back
from server.door.door import Asked, Door, Given
from server.door.founding_sql import Founding
from server.door.guesses import Guesses
from server.door.limits import Limit
from server.door.sessions import new_session
from server.door.vouching import Vouching

# So many made-up names for a listener are tried before it is left to them to find one.
NAMES_TRIED = 5
_IDLE = api.Idle(desk_s=sessions_sql.DESK_MS // 1000, elsewhere_s=sessions_sql.TEAM_MS // 1000)


class Arriving:
    """Handlers of the routes that strangers use, and of one's own sessions."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._guesses = Guesses(door.limits)
        self._vouching = Vouching(door)

    async def me(self, asked: Asked) -> api.Me:
        """Who this browser is signed in as."""
        session = asked.session
        if session is None:
            claimed = await self._door.database.read(links.claimed)
            organisation, _ = await self._vouching.stated(None)
            return api.Me(person=None, communities=(), claimed=claimed, organisation=organisation)
        person = session.person
        communities = await self._door.database.read(lambda: reads.my_memberships(person))
        way_back, came_back = await self._door.database.read(lambda: ways_back.status(person, session.session))
        organisation, connected = await self._vouching.stated(person)
        team, keys = await self._door.database.read(lambda: passkeys.state(person))
        return api.Me(
            person=person,
            communities=communities,
            shared_idle_s=sessions_sql.SHARED_MS // 1000 if session.shared else None,
            way_back=way_back,
            came_back=came_back,
            organisation=organisation,
            connected=connected,
            proof=api.Proof(passkeys=keys, required=self._door.settings.passkeys_required) if team else None,
            # Whoever has no passkey could not come back by one.
            idle=_IDLE if team and keys else None,
        )

    async def look_invitation(self, asked: Asked) -> api.InvitationLook:
        """What an invitation's link or code leads to."""
        secret = asked.take(api.LookInvitation).secret
        await self._may_try(asked, secret)
        hashed = invitations.hash_of(secret, self._door.keys)
        person = asked.session.person if asked.session else None
        looked = await self._door.database.read(lambda: invitations.look(hashed, person))
        await self._may_try(asked, secret)
        if looked.view is None:
            await self._count_wrong(asked, secret, looked.refused)
            raise Refused(looked.refused or Code.INVITATION_UNKNOWN)
        return looked.view

    async def _may_try(self, asked: Asked, secret: str) -> None:
        await self._guesses.may_try(asked.address, code=looks_like_code(secret))

    async def _count_wrong(self, asked: Asked, secret: str, code: Code | None) -> None:
        # An old link pressed again and again is nobody's guess.
        if code in {Code.INVITATION_UNKNOWN, Code.LINK_USED}:
            await self._guesses.wrong(asked.address, code=looks_like_code(secret))

    async def join(self, asked: Asked) -> Given:
        """Come in by a link or a code."""
        body = asked.take(api.JoinBody)
        invitation = await self._found(asked, body.secret)
        person = await self._person(asked, body)
        token, session = self._session(asked, shared=body.shared)
        command = Join(
            community=invitation.community,
            person=person,
            invitation=invitation.id,
            session=session,
            who=NewMember(name=body.name, standing=body.standing, accepted=not body.listen),
        )
        await self._ask_to_join(asked, invitation, command, listen=body.listen)
        # Rights and tokens may have changed for tabs that are open already.
        self._door.sessions.drop_cached(person)
        slug, room = await self._door.database.read(lambda: invitations.destination(invitation, person))
        joined = api.Joined(community_slug=slug, room_slug=room, person=person)
        return Given(joined, self._cookies(asked, token, shared=session.shared if session else False))

    async def _found(self, asked: Asked, secret: str) -> Invitation:
        await self._may_try(asked, secret)
        hashed = invitations.hash_of(secret, self._door.keys)
        invitation, _ = await self._door.database.read(lambda: invitations.by_secret(hashed))
        await self._may_try(asked, secret)
        if invitation is None:
            await self._count_wrong(asked, secret, Code.INVITATION_UNKNOWN)
        return invitations.open_invitation(invitation)

    async def _person(self, asked: Asked, body: api.JoinBody) -> PersonId:
        if asked.session is not None:
            return asked.session.person
        self._may_begin(asked)
        # The same request sent again, because its answer was lost, is the same person again.
        return self._door.keys.person_of(body.nonce) if body.nonce else PersonId(new_id())

    def _may_begin(self, asked: Asked) -> None:
        retry_ms = self._door.limits.allow(Limit.NEW_SESSION, asked.address)
        if retry_ms is not None:
            raise Refused(Code.TOO_FAST, retry_ms=retry_ms)

    def _session(self, asked: Asked, *, shared: bool) -> tuple[str, NewSession | None]:
        """A token, and the session to store; a program that shows a bearer token keeps the one it has."""
        before = asked.session
        if before is None:
            return new_session(shared=shared)
        if before.bearer:
            return "", None
        return new_session(shared=before.shared, instead_of=before.session)

    def _cookies(self, asked: Asked, token: str, *, shared: bool) -> tuple[str, ...]:
        return (self._door.sessions.set_cookie(token, shared=shared),) if token else ()

    async def _ask_to_join(self, asked: Asked, invitation: Invitation, command: Join, *, listen: bool) -> None:
        actor = asked.session.person if asked.session else None
        if command.who.name.strip() or not listen:
            await self._door.ask(invitation.community, command, actor=actor)
            return
        # Who only wants to listen may leave the name to us, and is asked for one before they first write.
        for left in reversed(range(NAMES_TRIED)):
            try:
                await self._door.ask(invitation.community, _named_listener(command), actor=actor)
            except Refused as refused:
                if refused.code is not Code.NAME_TAKEN or left == 0:
                    raise
            else:
                return

    async def sign_in(self, asked: Asked) -> Given:
        """Sign in by a one-use link."""
        secret = asked.take(api.SignInBody).secret
        await self._may_try(asked, secret)
        self._may_begin(asked)
        before = asked.session
        token, session = new_session(
            shared=before.shared if before else False,
            instead_of=before.session if before and not before.bearer else None,
        )
        try:
            person, slug = await self._door.database.write(lambda: links.sign_in(secret, session))
        except Refused as refused:
            await self._count_wrong(asked, secret, refused.code)
            raise
        if before is not None and before.person == person:
            self._door.sessions.drop_cached(person)
        elif before is not None and not before.bearer:
            await self._door.sessions.end(before.session, before.person)
        joined = api.Joined(community_slug=slug, room_slug=None, person=person)
        return Given(joined, self._cookies(asked, token, shared=session.shared))

    async def claim(self, asked: Asked) -> Given:
        """Claim a new server as its first keeper."""
        body = asked.take(api.ClaimBody)
        await self._may_try(asked, body.secret)
        token, session = new_session(shared=False)
        founding = Founding(
            slug=body.slug,
            name=body.community_name,
            purpose=body.purpose,
            keeper_name=body.your_name,
            runs_it=body.runs_it,
            contact=body.contact,
            values=body.values,
        )
        try:
            made = await self._door.database.write(
                lambda: links.claim(body.secret, founding, session, chain=self._door.chain)
            )
        except Refused as refused:
            await self._count_wrong(asked, body.secret, refused.code)
            raise
        joined = api.Joined(community_slug=body.slug, room_slug=None, person=made.keeper)
        return Given(joined, self._cookies(asked, token, shared=False))

    async def sign_out(self, asked: Asked) -> Given:
        """End this session."""
        if asked.session is not None:
            await self._door.sessions.end(asked.session.session, asked.person)
        return Given(api.Done(), (self._door.sessions.drop_cookie(),))

    async def sessions(self, asked: Asked) -> api.Sessions:
        """Where I am signed in."""
        person, this = asked.person, asked.session.session if asked.session else ""
        found = await self._door.database.read(lambda: sessions_sql.devices(person))
        return api.Sessions(
            sessions=tuple(
                api.SessionLine(
                    session=one.id, made_ms=one.made_ms, seen_ms=one.seen_ms, this=one.id == this, shared=one.shared
                )
                for one in found
            )
        )

    async def end_session(self, asked: Asked) -> Given:
        """End one of my sessions."""
        session = asked.path["session"]
        if not await self._door.sessions.end(session, asked.person):
            raise Refused(Code.NOT_FOUND)
        mine = asked.session is not None and asked.session.session == session
        return Given(api.Done(), (self._door.sessions.drop_cookie(),) if mine else ())

    async def end_other_sessions(self, asked: Asked) -> api.OthersEnded:
        """Sign me out everywhere but here."""
        this = asked.session.session if asked.session else ""
        return api.OthersEnded(ended=await self._door.sessions.end_others(this, asked.person))


def _named_listener(command: Join) -> Join:
    name = f"Listener {secrets.randbelow(9000) + 1000}"
    who = NewMember(name=name, standing=command.who.standing, accepted=False)
    return Join(
        community=command.community,
        person=command.person,
        invitation=command.invitation,
        who=who,
        session=command.session,
    )
