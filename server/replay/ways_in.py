"""How those who speak in a replay come in: by an invitation, with sessions minted before, or minted here."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http.cookies import SimpleCookie
from itertools import islice
from typing import NamedTuple, TypeAlias

import msgspec

from rooms.contract import Code, Refused
from rooms.ids import PersonId, RoomId
from server import api
from server.database.opened import opened
from server.door.keys import chain_of
from server.door.minting_sql import find_place, mint, taken_keys
from server.replay.naming import candidates, shown_names
from server.rest import Rest
from server.settings import Settings, with_key
from server.voice import Pass, new_nonce

# After so many names that others have, something else is wrong.
_NAMES_TRIED = 50
# Joining is a write each; more at once only wait for one another.
_AT_ONCE = 8


class CannotEnter(Exception):  # noqa: N818 - it is told to a person, as it stands
    """The voices can't come in; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """Who speaks for each author, and the room they are in."""

    room: RoomId
    passes: dict[str, Pass]


class Where(NamedTuple):
    """The room meant, by its address; without a community, the only one that it can be."""

    address: str
    room: str
    community: str | None


# Lets one voice in for each of these authors.
WayIn: TypeAlias = Callable[[Sequence[str]], Awaitable[Entered]]


class _Minted(msgspec.Struct, frozen=True):
    """A line that `hearth people mint` printed. Fields that are not needed here are left."""

    person: PersonId
    name: str
    token: str


async def by_minting(where: Where, settings: Settings, authors: Sequence[str]) -> Entered:
    """New members made on this machine, called as the authors are. Raises `NoPlace`."""
    async with opened(settings) as database:
        place = await find_place(database, where.room, where.community)
        taken = await database.read(lambda: taken_keys(place.community))
        names = shown_names(authors, taken=taken.__contains__)
        minted = await mint(database, place, list(names.values()), chain=chain_of(with_key(settings)))
    passes = [Pass(person=one.person, name=one.name, token=one.token) for one in minted]
    return Entered(room=place.room, passes=dict(zip(names, passes, strict=True)))


async def by_sessions(where: Where, rows: bytes, authors: Sequence[str]) -> Entered:
    """Members minted before, one line of `rows` for each author. Raises `CannotEnter`."""
    decode = msgspec.json.Decoder(_Minted).decode
    try:
        minted = [decode(row) for row in rows.splitlines() if row.strip()]
    except msgspec.DecodeError as error:
        raise CannotEnter(f"These are not the lines that `hearth people mint` prints: {error}.") from None
    if len(minted) < len(authors):
        raise CannotEnter(f"There are {len(minted)} sessions, and {len(authors)} people speak.")
    passes = {
        author: Pass(person=one.person, name=one.name, token=one.token)
        for author, one in zip(authors, minted, strict=False)
    }
    return Entered(room=await _room(where, minted[0].token, where.community), passes=passes)


async def by_invitation(where: Where, invitation: str, authors: Sequence[str]) -> Entered:
    """Everyone through the front door, by a link or a code. Raises `CannotEnter`."""
    secret = secret_of(invitation)
    names = shown_names(authors)
    gate = asyncio.Semaphore(_AT_ONCE)

    async def come_in(author: str) -> tuple[Pass, str]:
        async with gate:
            return await _join(where.address, secret, names[author])

    joined = await asyncio.gather(*(come_in(author) for author in authors))
    passes = {author: one for author, (one, _) in zip(authors, joined, strict=True)}
    one, community = joined[0]
    return Entered(room=await _room(where, one.token, where.community or community), passes=passes)


def secret_of(invitation: str) -> str:
    """The secret in an invitation's link, or the code as it is."""
    found = re.search(r"/join/([^/?#\s]+)", invitation)
    return found[1] if found else invitation.strip()


async def _join(address: str, secret: str, wished: str) -> tuple[Pass, str]:
    """Someone new called as wished, or nearly so; and the community that they are in now."""
    for name in islice(candidates(wished), _NAMES_TRIED):
        body = api.JoinBody(secret=secret, nonce=new_nonce(), name=name)
        try:
            answer, headers = await Rest(address).post("/api/join", body)
        except Refused as refused:
            if refused.code is Code.NAME_TAKEN:
                continue
            raise CannotEnter(f"The invitation lets nobody in: {refused.code.value}.") from None
        joined = msgspec.json.decode(answer, type=api.Joined)
        return Pass(person=joined.person, name=name, token=_token_in(headers)), joined.community_slug
    raise CannotEnter(f"Every name like {wished!r} is taken.")


def _token_in(headers: Mapping[str, str]) -> str:
    cookies = SimpleCookie(next((value for name, value in headers.items() if name.lower() == "set-cookie"), ""))
    for name in ("__Host-hearth", "hearth"):
        if name in cookies:
            return cookies[name].value
    raise CannotEnter("The server let someone in without a session.")


async def _room(where: Where, token: str, community: str | None) -> RoomId:
    rest = Rest(where.address, token=token)
    try:
        slug = community or (await rest.get("/api/me", api.Me)).communities[0].slug
        return (await rest.get(f"/api/communities/{slug}/rooms/{where.room}", api.Found)).room
    except (Refused, IndexError):
        raise CannotEnter(f"There is no room {where.room} that those who speak may be in.") from None
