"""An organisation's sign-in, from the button to the door: what a browser keeps on the way, and who may go on."""

import secrets
from collections.abc import Iterable, Mapping

from community.commands import NewSession
from rooms.contract import Code, Refused
from rooms.ids import CommunityId, PersonId
from rooms.rights import Role
from server.clock import new_secret, wall_ms
from server.door import facts_sql as facts
from server.door import identities_sql as identities
from server.door.door import Door
from server.door.provider import Handshake, Provider
from server.door.sealed import Seal, Sealed
from server.door.sessions import SessionInfo, new_session

# So long somebody may take at the provider, with a forgotten password and a second device, and then to find a name.
PATIENCE_MS = 10 * 60_000
# On a shared device somebody else may sit down before the form is filled in.
SHARED_PATIENCE_MS = 2 * 60_000
# The pages that people are sent to. The browser's own table of addresses has them too.
JOIN_PAGE = "/oidc/join"
REFUSED_PAGE = "/oidc/refused"


class Begun(Sealed, frozen=True):
    """A sign-in that is under way in this browser. `person`: who connects theirs, and does not sign in."""

    state: str
    nonce: str
    verifier: str
    onward: str = ""
    shared: bool = False
    person: PersonId | None = None

    @property
    def handshake(self) -> Handshake:
        """What the provider is asked with."""
        return Handshake(state=self.state, nonce=self.nonce, verifier=self.verifier, anew=self.shared)


class Ticket(Sealed, frozen=True):
    """Somebody for whom the organisation vouches, who has still to say how they are called here.

    `person`: who they were here before they left. `onward`: where they wanted to go.
    """

    identity: str
    roles: tuple[Role, ...]
    given_name: str
    shared: bool = False
    person: PersonId | None = None
    onward: str = ""


class Organisation:
    """What pages and routes about the organisation's sign-in have in common."""

    def __init__(self, door: Door) -> None:
        self._door = door
        key = door.keys.derive("organisation")
        self._begun, self._tickets = Seal(key, "begun"), Seal(key, "ticket")
        prefix = "__Host-" if door.settings.secure else ""
        self._begun_cookie, self._ticket_cookie = f"{prefix}hearth-begun", f"{prefix}hearth-ticket"

    @property
    def provider(self) -> Provider:
        """The organisation's provider. Refused, as if there were no such page, when none is set up."""
        if self._door.provider is None:
            raise Refused(Code.NOT_FOUND)
        return self._door.provider

    async def begin(self, *, onward: str = "", shared: bool = False, person: PersonId | None = None) -> tuple[str, str]:
        """Where to send the browser, and the cookie with which it comes back."""
        begun = Begun(
            until_ms=wall_ms() + PATIENCE_MS,
            state=new_secret(),
            nonce=new_secret(),
            # 43 signs are the fewest that a verifier may have.
            verifier=secrets.token_urlsafe(32),
            onward=onward,
            shared=shared,
            person=person,
        )
        address = await self.provider.address(begun.handshake)
        return address, self._cookie(self._begun_cookie, self._begun.closed(begun))

    def begun(self, cookies: Mapping[str, str]) -> Begun | None:
        """The sign-in that this browser has begun."""
        return self._begun.opened(cookies.get(self._begun_cookie), Begun)

    def hand_out(self, ticket: Ticket) -> str:
        """The cookie that holds a ticket. On a shared device it is gone with the window, as a session is."""
        age_s = None if ticket.shared else PATIENCE_MS // 1000
        return self._cookie(self._ticket_cookie, self._tickets.closed(ticket), age_s=age_s)

    def ticket(self, cookies: Mapping[str, str]) -> Ticket:
        """The ticket that this browser has. Refused when it has none, or had it for too long."""
        _ = self.provider
        found = self._tickets.opened(cookies.get(self._ticket_cookie), Ticket)
        if found is None:
            raise Refused(Code.SIGN_IN_AGAIN)
        return found

    def over(self) -> tuple[str, str]:
        """The headers that take back what a browser kept on the way."""
        return self._cookie(self._begun_cookie, "", age_s=0), self._cookie(self._ticket_cookie, "", age_s=0)

    def _cookie(self, name: str, value: str, *, age_s: int | None = PATIENCE_MS // 1000) -> str:
        secure = "; Secure" if self._door.settings.secure else ""
        # Lax, as the way back from the provider is a link of another site's.
        age = "" if age_s is None else f"; Max-Age={age_s}"
        return f"{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}"

    async def community(self) -> tuple[CommunityId, str]:
        """The community that the organisation's people come in to, and its slug."""
        slug = self._door.settings.oidc_community
        return await self._door.database.read(lambda: identities.community_meant(slug))

    async def not_somebody_else(self, session: SessionInfo | None, community: CommunityId) -> None:
        """Refused in the browser of a member who has not connected this sign-in: nobody becomes two people unawares."""
        if session is None:
            return
        person = session.person
        found = await self._door.database.read(lambda: facts.load_members(community, [person]))
        if person in found and found[person].member:
            raise Refused(Code.CONNECT_FIRST)

    def new_session(self, before: SessionInfo | None, *, shared: bool) -> tuple[str, NewSession]:
        """A token, and the session of whoever has signed in; a browser that is shared already stays so."""
        return new_session(
            shared=shared or (before is not None and before.shared),
            instead_of=before.session if before is not None and not before.bearer else None,
        )

    async def came_in(self, before: SessionInfo | None, person: PersonId) -> None:
        """Somebody has signed in where `before` was: who else was signed in there is so no longer."""
        self._door.sessions.drop_cached(person)
        if before is not None and before.person != person and not before.bearer:
            await self._door.sessions.end(before.session, before.person)


def sorted_roles(roles: Iterable[Role]) -> tuple[Role, ...]:
    """Roles as they stand in commands and tickets."""
    return tuple(sorted(roles))
