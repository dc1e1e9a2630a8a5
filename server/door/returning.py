"""Coming back: a way back is made, brings its person to another device, and tells them that it did."""

import secrets

from community.way_back import as_words, new_words
from rooms.contract import Code, Refused
from rooms.ids import person_stream
from rooms.signals import WayUsed
from server import api
from server.clock import new_secret
from server.door import ways_back_sql as ways_back
from server.door.door import Asked, Door, Given
from server.door.guesses import Guesses
from server.door.inviting import qr_svg
from server.door.keys import secret_hash
from server.door.limits import Limit
from server.door.sessions import new_session

# Two people with the same words are one in a hundred million; three times in a row would be a fault of ours.
WORDS_TRIED = 3


class Returning:
    """Handlers of the routes about ways back."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._guesses = Guesses(door.limits)

    async def make_way_back(self, asked: Asked) -> api.WayBackMade:
        """Give me a way back, in place of any I had. It is shown this once."""
        person, link = asked.person, new_secret()
        retry_ms = self._door.limits.allow(Limit.WAY_BACK, person)
        if retry_ms is not None:
            raise Refused(Code.TOO_FAST, retry_ms=retry_ms)
        for left in reversed(range(WORDS_TRIED)):
            words = new_words(secrets.choice)
            hashed = self._door.keys.words_hash(words)
            try:
                ends_ms = await self._door.database.write(lambda: ways_back.make(person, secret_hash(link), hashed))  # noqa: B023 - it is run before the next turn
            except Refused as refused:
                if refused.code is not Code.CONFLICT or left == 0:
                    raise
                continue
            path = f"/back/{link}"
            return api.WayBackMade(
                words=words, path=path, qr=qr_svg(self._door.settings.address + path), ends_ms=ends_ms
            )
        raise Refused(Code.CONFLICT)

    async def come_back(self, asked: Asked) -> Given:
        """Come in as the person whose way back this is."""
        body = asked.take(api.BackBody)
        guessable = body.words is not None
        await self._guesses.may_try(asked.address, code=guessable)
        retry_ms = self._door.limits.allow(Limit.NEW_SESSION, asked.address)
        if retry_ms is not None:
            raise Refused(Code.TOO_FAST, retry_ms=retry_ms)
        hashed = self._hashed(body)
        before = asked.session
        token, session = new_session(
            shared=body.shared, instead_of=before.session if before and not before.bearer else None
        )
        try:
            person, slug = await self._door.database.write(
                lambda: ways_back.use(hashed, session, secret_hash(body.nonce))
            )
        except Refused:
            await self._guesses.wrong(asked.address, code=guessable)
            raise
        if before is not None and before.person == person:
            self._door.sessions.drop_cached(person)
        elif before is not None and not before.bearer:
            await self._door.sessions.end(before.session, before.person)
        self._door.streams.signal(person_stream(person), WayUsed())
        joined = api.Joined(community_slug=slug, room_slug=None, person=person)
        return Given(joined, (self._door.sessions.set_cookie(token, shared=session.shared),))

    def _hashed(self, body: api.BackBody) -> str:
        if (body.words is None) == (body.link is None):
            raise Refused(Code.MALFORMED)
        if body.words is not None:
            return self._door.keys.words_hash(as_words(body.words))
        return secret_hash(body.link or "")

    async def was_me(self, asked: Asked) -> api.Done:
        """Say that it was me who came back on these devices."""
        body, person = asked.take(api.WasMeBody), asked.person
        this = asked.session.session if asked.session else ""
        await self._door.database.write(lambda: ways_back.was_me(person, this, body.sessions))
        return api.Done()
