"""Showing who one is: passkeys are added and removed, and let their owners in."""

import asyncio

from rooms.contract import Code, Refused
from server import api
from server.door import passkeys_sql as passkeys
from server.door.challenges import SIGN_IN, Challenges, adding, challenge_hash
from server.door.door import Asked, Door, Given
from server.door.guesses import Guesses
from server.door.limits import Limit
from server.door.passkeys_sql import Answered
from server.door.passkeys_webauthn import KnownKey, Shown, Webauthn
from server.door.sessions import SessionInfo, new_session


class Proving:
    """Handlers of the routes about passkeys."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._guesses = Guesses(door.limits)
        self._challenges = Challenges(door.keys.derive("passkey"))
        self._webauthn = Webauthn(door.settings)
        self._required = door.settings.passkeys_required

    async def passkeys(self, asked: Asked) -> api.Passkeys:
        """Which passkeys I have."""
        person = asked.person
        return await self._door.database.read(lambda: passkeys.mine(person, required=self._required))

    async def begin_passkey(self, asked: Asked) -> api.PasskeyOptions:
        """What my browser needs to make a passkey."""
        session = _session(asked)
        person = session.person
        before = await self._door.database.read(lambda: passkeys.may_add(person))
        challenge = self._challenges.make(adding(person, session.session), now_ms=before.now_ms)
        options = await asyncio.to_thread(
            self._webauthn.to_add, challenge, person, name=before.name, known=before.known
        )
        return api.PasskeyOptions(options=options)

    async def add_passkey(self, asked: Asked) -> api.Passkeys:
        """Keep the passkey that my browser made."""
        text, session = asked.take(api.PasskeyBody).credential, _session(asked)
        person, chain = session.person, self._door.chain
        shown = self._webauthn.read(text)
        answered = self._answered(shown, adding(person, session.session))
        key = await asyncio.to_thread(self._webauthn.added, shown)
        added = await self._door.database.write(
            lambda: passkeys.add(person, session.session, key, answered=answered, required=self._required, chain=chain)
        )
        self._door.streams.committed(added.committed)
        for ended in added.ended:
            self._door.sessions.forget(person, ended)
        self._door.sessions.drop_cached(person)
        return await self.passkeys(asked)

    async def remove_passkey(self, asked: Asked) -> api.Passkeys:
        """Take one of my passkeys away."""
        person, passkey, chain = asked.person, asked.path["passkey"], self._door.chain
        committed = await self._door.database.write(
            lambda: passkeys.remove(person, passkey, required=self._required, chain=chain)
        )
        self._door.streams.committed(committed)
        return await self.passkeys(asked)

    async def begin_passkey_sign_in(self, asked: Asked) -> api.PasskeyOptions:
        """What a browser needs to show which passkey it has."""
        await self._guesses.may_try(asked.address, code=False)
        now_ms = await self._door.database.read(passkeys.now)
        challenge = self._challenges.make(SIGN_IN, now_ms=now_ms)
        return api.PasskeyOptions(options=await asyncio.to_thread(self._webauthn.to_sign_in, challenge))

    async def sign_in_by_passkey(self, asked: Asked) -> Given:
        """Sign in by a passkey."""
        body = asked.take(api.PasskeySignInBody)
        await self._guesses.may_try(asked.address, code=False)
        retry_ms = self._door.limits.allow(Limit.NEW_SESSION, asked.address)
        if retry_ms is not None:
            raise Refused(Code.TOO_FAST, retry_ms=retry_ms)
        before = asked.session
        token, session = new_session(
            shared=body.shared, instead_of=before.session if before and not before.bearer else None
        )
        try:
            shown = self._webauthn.read(body.credential)
            answered = self._answered(shown, SIGN_IN)
            key, counted = await self._checked(shown)
            slug = await self._door.database.write(
                lambda: passkeys.use(key, counted, answered=answered, session=session)
            )
        except Refused:
            await self._guesses.wrong(asked.address, code=False)
            raise
        if before is not None and before.person == key.person:
            self._door.sessions.drop_cached(key.person)
        elif before is not None and not before.bearer:
            await self._door.sessions.end(before.session, before.person)
        joined = api.Joined(community_slug=slug, room_slug=None, person=key.person)
        return Given(joined, (self._door.sessions.set_cookie(token, shared=session.shared),))

    async def _checked(self, shown: Shown) -> tuple[KnownKey, int]:
        key = await self._door.database.read(lambda: passkeys.find(shown.credential))
        return key, await asyncio.to_thread(self._webauthn.signed, shown, key)

    def _answered(self, shown: Shown, purpose: str) -> Answered:
        ends_ms = self._challenges.ends_ms(shown.challenge, purpose)
        return Answered(challenge_hash(shown.challenge), ends_ms)


def _session(asked: Asked) -> SessionInfo:
    if asked.session is None:
        raise Refused(Code.SIGNED_OUT)
    return asked.session
