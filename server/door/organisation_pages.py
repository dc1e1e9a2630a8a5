"""The two pages of an organisation's sign-in: off to the provider, and back from it."""

import re
import time
from collections.abc import Awaitable, Callable
from hmac import compare_digest

import structlog
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from community.commands import ConnectIdentity, SignInVouched, Vouched
from community.facts import Member
from community.vouching import roles_of
from rooms.contract import Code, Refused
from rooms.ids import CommunityId, PersonId
from server.clock import new_id, wall_ms
from server.database.ports import Contended, OutcomeUnknown, Unavailable
from server.door import identities_sql as identities
from server.door.door import ByMethod, Door
from server.door.guard import CLIENT
from server.door.guesses import Guesses
from server.door.keys import secret_hash
from server.door.limits import Limit, address_key
from server.door.organisation import (
    JOIN_PAGE,
    PATIENCE_MS,
    REFUSED_PAGE,
    SHARED_PATIENCE_MS,
    Begun,
    Organisation,
    Ticket,
    sorted_roles,
)
from server.door.provider import BACK_PATH, SignedIn
from server.door.sessions import SessionInfo

log = structlog.get_logger("hearth.door")

START_PATH = "/oidc/start"
# A community or one of its rooms: nothing in it can lead to another site.
_ONWARD = re.compile(r"/c/[a-z0-9-]{1,40}(/r/[a-z0-9-]{1,40})?")
# Some providers' codes are signed letters of their own.
_CODE_LIMIT = 4_096
# A name of ours has 40 signs at most, and what is longer was no first name.
_NAME_LIMIT = 40
_SEE_OTHER = 303

_Page = Callable[[Request, str], Awaitable[Response]]


class OrganisationPages:
    """`/oidc/start` and `/oidc/back`. What goes wrong on the way ends on a page that says what and what to do."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._organisation = Organisation(door)
        self._guesses = Guesses(door.limits)

    def routes(self) -> list[Route]:
        """The pages, for the app's table; none when no organisation is set up."""
        if self._door.provider is None:
            return []
        return [Route(START_PATH, ByMethod({"GET": self.start})), Route(BACK_PATH, ByMethod({"GET": self.back}))]

    async def start(self, request: Request) -> Response:
        """Off to the provider."""
        return await self._answered("organisation_start", self._start, request)

    async def back(self, request: Request) -> Response:
        """Back from the provider, with somebody or without."""
        return await self._answered("organisation_back", self._back, request)

    async def _answered(self, name: str, page: _Page, request: Request) -> Response:
        began = time.monotonic()
        try:
            response = await page(request, address_key(request.scope[CLIENT]))
        except Refused as refused:
            response = self._refused(refused.code)
        except (Unavailable, Contended, OutcomeUnknown):
            response = self._refused(Code.UNAVAILABLE)
        except Exception:
            # The edge of a request: a bug of ours must have a page too.
            log.exception("request failed", route=name, reference=new_id()[-8:])
            response = self._refused(Code.INTERNAL)
        self._door.observe(name, response.status_code, time.monotonic() - began)
        return response

    def _refused(self, code: Code) -> Response:
        # After the hash: it reaches no server and no log on the way.
        return _to(f"{REFUSED_PAGE}#{code.value}", *self._organisation.over())

    async def _start(self, request: Request, address: str) -> Response:
        await self._guesses.may_try(address, code=False)
        to = request.query_params.get("to", "")
        where, cookie = await self._organisation.begin(
            onward=to if _ONWARD.fullmatch(to) else "", shared=request.query_params.get("shared") == "1"
        )
        return _to(where, cookie)

    async def _back(self, request: Request, address: str) -> Response:
        await self._guesses.may_try(address, code=False)
        try:
            begun, code = await self._came_back(request)
            signed_in = await self._organisation.provider.signed_in(code, begun.handshake)
        except Refused as refused:
            if refused.code is not Code.PROVIDER_AWAY:
                await self._guesses.wrong(address, code=False)
            raise
        retry_ms = self._door.limits.allow(Limit.NEW_SESSION, address)
        if retry_ms is not None:
            raise Refused(Code.TOO_FAST, retry_ms=retry_ms)
        session = await self._door.sessions.who(request.scope)
        return await self._let_in(begun, signed_in, session)

    async def _came_back(self, request: Request) -> tuple[Begun, str]:
        """The sign-in that was begun in this browser, which is used up by this, and the provider's code."""
        asked = request.query_params
        begun = self._organisation.begun(request.cookies)
        if begun is None or not compare_digest(asked.get("state", "").encode(), begun.state.encode()):
            raise Refused(Code.SIGN_IN_AGAIN)
        spent = secret_hash(begun.state)
        if not await self._door.database.write(lambda: identities.spend(spent, ends_in_ms=PATIENCE_MS)):
            raise Refused(Code.SIGN_IN_AGAIN)
        if asked.get("iss", self._door.settings.oidc_issuer) != self._door.settings.oidc_issuer:
            raise Refused(Code.PROVIDER_WRONG)
        code = asked.get("code", "")
        if "error" in asked or not 0 < len(code) <= _CODE_LIMIT:
            raise Refused(Code.PROVIDER_REFUSED)
        return begun, code

    # Who it is -------------------------------------------------------------------------------------------------

    async def _let_in(self, begun: Begun, signed_in: SignedIn, session: SessionInfo | None) -> Response:
        settings = self._door.settings
        identity = self._door.keys.identity_hash(settings.oidc_issuer, signed_in.subject)
        community, slug = await self._organisation.community()
        person, known = await self._door.database.read(lambda: identities.known(community, identity))
        roles = roles_of(signed_in.groups, settings.group_roles)
        if roles is None:
            await self._out_of_every_group(community, known, identity)
            raise Refused(Code.NOT_IN_GROUP)
        vouched = Vouched(identity=identity, roles=sorted_roles(roles))
        if begun.person is not None:
            return await self._connected(ConnectIdentity(community=community, vouched=vouched), begun, session)
        if known is None or not (known.member or known.removed):
            await self._organisation.not_somebody_else(session, community)
            return self._to_join(begun, signed_in, vouched, before=person)
        command = SignInVouched(community=community, person=known.person, vouched=vouched)
        return await self._signed_in(begun, command, session, home=f"/c/{slug}")

    async def _out_of_every_group(self, community: CommunityId, known: Member | None, identity: str) -> None:
        """Who was in a group and is no more does not come in, and what came by the group goes."""
        if known is not None and known.member:
            command = SignInVouched(community=community, person=known.person, vouched=Vouched(identity=identity))
            await self._door.ask(community, command, actor=None)
            self._door.sessions.drop_cached(known.person)

    async def _connected(self, command: ConnectIdentity, begun: Begun, session: SessionInfo | None) -> Response:
        if session is None or session.person != begun.person:
            raise Refused(Code.SIGNED_OUT)
        await self._door.ask(command.community, command, actor=session.person)
        self._door.sessions.drop_cached(session.person)
        return _to("/me", *self._organisation.over())

    def _to_join(self, begun: Begun, signed_in: SignedIn, vouched: Vouched, *, before: PersonId | None) -> Response:
        over, _ = self._organisation.over()
        name = signed_in.given_name
        ticket = Ticket(
            # Whoever walks away from a shared screen leaves it to the next.
            until_ms=wall_ms() + (SHARED_PATIENCE_MS if begun.shared else PATIENCE_MS),
            identity=vouched.identity,
            roles=vouched.roles,
            given_name=name if len(name) <= _NAME_LIMIT else "",
            shared=begun.shared,
            person=before,
            onward=begun.onward,
        )
        return _to(JOIN_PAGE, over, self._organisation.hand_out(ticket))

    async def _signed_in(
        self, begun: Begun, command: SignInVouched, before: SessionInfo | None, *, home: str
    ) -> Response:
        token, made = self._organisation.new_session(before, shared=begun.shared)
        await self._door.ask(command.community, replace(command, session=made), actor=None)
        await self._organisation.came_in(before, command.person)
        cookie = self._door.sessions.set_cookie(token, shared=made.shared)
        log.info("organisation.signed_in", community=command.community, person=command.person)
        return _to(begun.onward or home, *self._organisation.over(), cookie)


def _to(address: str, *cookies: str) -> Response:
    """Send the browser on, with these cookies."""
    response = RedirectResponse(address, status_code=_SEE_OTHER)
    for cookie in cookies:
        response.headers.append("set-cookie", cookie)
    return response
