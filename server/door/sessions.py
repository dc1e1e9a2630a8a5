"""Who is asking: server-side sessions, found by a cookie or a bearer token, that end when they are ended."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from community.commands import NewSession
from rooms.ids import PersonId
from server.batches import Batches
from server.clock import monotonic_ms, new_id, new_secret
from server.database.ports import Contended, Database, OutcomeUnknown, Unavailable
from server.door import sessions_sql as sql
from server.door.keys import secret_hash

# A session that another node ended is believed for so long; on this one it ends at once.
CACHE_MS = 5_000
# A bound on memory: an attacker may show any number of tokens, though only those that are found are kept.
CACHE_LIMIT = 20_000
TOKEN_LIMIT = 128
# So many are looked up together, and so many such looks are on their way.
LOOK_TOGETHER = 128
LOOK_AT_ONCE = 2

Scope: TypeAlias = Mapping[str, Any]
OnEnded: TypeAlias = Callable[[PersonId, str | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionInfo:
    """Who is asking, on which signed-in device. `fresh` is a new token that the answer must carry."""

    session: str
    person: PersonId
    shared: bool
    bearer: bool
    fresh: str | None = None


@dataclass(frozen=True, slots=True)
class _Cached:
    info: SessionInfo
    until_ms: int


def new_session(*, shared: bool, instead_of: str | None = None) -> tuple[str, NewSession]:
    """A token to hand out, and the session to store with its hash."""
    token = new_secret()
    return token, NewSession(session=new_id(), token_hash=secret_hash(token), shared=shared, instead_of=instead_of)


def token_of(scope: Scope, cookie: str) -> tuple[str, bool] | None:
    """The token that a request or an upgrade shows, and whether as a bearer token.

    A program that shows a bearer token means it: its cookies are not looked at.
    """
    cookies = b""
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, token = value.decode("latin-1").partition(" ")
            return (token.strip(), True) if scheme.lower() == "bearer" else None
        if name == b"cookie":
            cookies += value + b"; "
    for part in cookies.decode("latin-1").split(";"):
        name, _, token = part.strip().partition("=")
        if name == cookie:
            return token, False
    return None


class Sessions:
    """The sessions of this server, as one node sees them."""

    def __init__(self, database: Database, *, secure: bool, now_ms: Callable[[], int] = monotonic_ms) -> None:
        """`secure`: people come over https, so the cookie is bound to it."""
        self._database = database
        self._secure = secure
        self._now_ms = now_ms
        self._cache: dict[str, _Cached] = {}
        self._tasks: set[asyncio.Task[object]] = set()
        self._looks = Batches(self._find, self._spawn, most=LOOK_TOGETHER, at_once=LOOK_AT_ONCE)
        self._uses = Batches(self._note_uses, self._spawn, most=LOOK_TOGETHER, at_once=1)
        self._touched: dict[str, int] = {}
        self._ended: list[OnEnded] = []
        # Counts what was ended or changed: what was read before that is not kept after it.
        self._changes = 0
        # With this prefix a browser takes the cookie only over https, for the whole host and no other.
        self.cookie = "__Host-hearth" if secure else "hearth"

    def on_ended(self, callback: OnEnded) -> None:
        """Call back with the person, and the session or None for all of theirs, whenever sessions end here."""
        self._ended.append(callback)

    def set_cookie(self, token: str, *, shared: bool) -> str:
        """The header that hands a token to a browser. A shared device forgets it with the window."""
        age = "" if shared else f"; Max-Age={sql.OWN_MS // 1000}"
        return f"{self.cookie}={token}{self._attributes()}{age}"

    def drop_cookie(self) -> str:
        """The header that takes the token back."""
        return f"{self.cookie}={self._attributes()}; Max-Age=0"

    def _attributes(self) -> str:
        return f"; Path=/; HttpOnly; SameSite=Lax{'; Secure' if self._secure else ''}"

    async def who(self, scope: Scope, *, renews: bool = False, touches: bool = True) -> SessionInfo | None:
        """Who sends this request or upgrade; None for a stranger.

        With `renews`, the answer can carry a new token and gets one in `fresh` when it is due. Without `touches`,
        what a page asks by itself does not keep a shared device signed in.
        """
        shown = token_of(scope, self.cookie)
        if shown is None or not 0 < len(shown[0]) <= TOKEN_LIMIT:
            return None
        token, bearer = shown
        hashed = secret_hash(token)
        cached = self._cache.get(hashed)
        if cached is not None and cached.until_ms > self._now_ms():
            return replace(cached.info, bearer=bearer)
        return await self._look(hashed, bearer=bearer, renews=renews and not bearer, touches=touches)

    async def _look(self, hashed: str, *, bearer: bool, renews: bool, touches: bool) -> SessionInfo | None:
        changes = self._changes
        row = await self._looks.ask(hashed)
        if row is None:
            self._cache.pop(hashed, None)
            return None
        info = SessionInfo(session=row.id, person=row.person, shared=row.shared, bearer=bearer)
        if touches and row.stale:
            self._spawn(self._seen(row.id))
        if not row.old_token and not row.arrived:
            await self._database.write(lambda: sql.arrived(row))
        if renews and row.wants_token:
            return await self._renewed(info, row, hashed)
        # Neither a session whose token is to be renewed nor a shared one that was not touched is kept: both look again.
        if not row.wants_token and not (row.shared and not touches) and changes == self._changes:
            self._keep(hashed, info)
        return info

    async def _find(self, hashes: Sequence[str]) -> Sequence[sql.SessionRow | Exception | None]:
        """What these tokens open. A hall that comes in is looked up in few round trips."""
        return await self._database.read(lambda: sql.find_all(hashes))

    def _spawn(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _renewed(self, info: SessionInfo, row: sql.SessionRow, hashed: str) -> SessionInfo:
        token = new_secret()
        done = await self._database.write(lambda: sql.renew(row, hashed, secret_hash(token)))
        return replace(info, fresh=token) if done else info

    def _keep(self, hashed: str, info: SessionInfo) -> None:
        if len(self._cache) >= CACHE_LIMIT:
            now = self._now_ms()
            self._cache = {key: one for key, one in self._cache.items() if one.until_ms > now}
        if len(self._cache) < CACHE_LIMIT:
            self._cache[hashed] = _Cached(info, self._now_ms() + CACHE_MS)

    async def touch(self, session: str) -> None:
        """Something was done on a live connection: a shared device is not quiet. Written now and then at most."""
        now_ms = self._now_ms()
        if now_ms - self._touched.get(session, -sql.SEEN_SHARED_MS) < sql.SEEN_SHARED_MS:
            return
        if len(self._touched) >= CACHE_LIMIT:
            self._touched.clear()
        self._touched[session] = now_ms
        if not await self._seen(session):
            self._touched.pop(session, None)

    async def _seen(self, session: str) -> bool:
        """Write down that the session is in use; false when that could not be done, and is due the next time."""
        try:
            await self._uses.ask(session)
        except (Unavailable, Contended, OutcomeUnknown):
            # Whoever goes on is seen again soon, and nobody waits for this.
            return False
        return True

    async def _note_uses(self, sessions: Sequence[str]) -> Sequence[None]:
        """A hall that comes back after a pause is noted in few transactions."""
        await self._database.write(lambda: sql.seen(sorted(set(sessions))))
        return [None] * len(sessions)

    async def living(self, sessions: Iterable[str]) -> frozenset[str]:
        """Which of these sessions have not ended, wherever that was done: for the sockets that stay open."""
        asked = list(sessions)
        return await self._database.read(lambda: sql.living(asked)) if asked else frozenset()

    async def end(self, session: str, person: PersonId) -> bool:
        """End one session of this person; false when it is none of theirs."""
        done = await self._database.write(lambda: sql.end(session, person))
        if done:
            self.forget(person, session)
        return done

    async def end_others(self, session: str, person: PersonId) -> int:
        """End all sessions of this person but one; how many those were."""
        ended = await self._database.write(lambda: sql.end_others(session, person))
        for other in ended:
            self.forget(person, other)
        return len(ended)

    async def end_lifeless(self, person: PersonId) -> None:
        """End the sessions of this person that open nothing any more, on all nodes at once."""
        for session in await self._database.write(lambda: sql.end_lifeless(person)):
            self.forget(person, session)

    async def end_homeless(self, person: PersonId) -> None:
        """End the sessions of someone who is in no community any more."""
        for session in await self._database.write(lambda: sql.end_homeless(person)):
            self.forget(person, session)

    def forget(self, person: PersonId, session: str | None = None) -> None:
        """The person's session has ended or changed, or all of them: believe nothing, close what is open."""
        self.drop_cached(person, session)
        for callback in self._ended:
            callback(person, session)

    def drop_cached(self, person: PersonId, session: str | None = None) -> None:
        """Look again at the next request: the person's rights or tokens have changed."""
        self._changes += 1
        self._cache = {
            key: one
            for key, one in self._cache.items()
            if one.info.person != person or session not in {None, one.info.session}
        }
