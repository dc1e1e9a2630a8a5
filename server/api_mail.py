"""What the REST routes about being reached and told take and give; they are read as those of `server.api` are."""

from typing import Annotated

from msgspec import Meta

from community.reach import ADDRESS_LIMIT, DAY_MIN, Matter, NewsKind
from rooms.commands import NonceRef
from rooms.ids import RoomId
from server.api import Body, Secret, View

Minute = Annotated[int, Meta(ge=0, lt=DAY_MIN)]
Ticked = Annotated[tuple[Matter, ...], Meta(max_length=len(Matter))]


class Reach(View, frozen=True):
    """How I may be reached. `address` is mine with all but its first letter and its server left out; null: none.

    `mail` says whether this server can send mails; `failed` that there was no such address when one was sent.
    """

    mail: bool
    address: str | None
    confirmed: bool
    failed: bool
    ticked: tuple[Matter, ...]
    quiet_from_min: int
    quiet_to_min: int
    zone: str


class ReachBody(Body, frozen=True):
    """An address and what it may be used for; without an address the one I gave stays. Mails come in `language`."""

    ticked: Ticked
    address: Annotated[str, Meta(min_length=1, max_length=ADDRESS_LIMIT + 2)] | None = None
    language: Annotated[str, Meta(min_length=2, max_length=16)] = "en"


class QuietBody(Body, frozen=True):
    """When I want no mail, in minutes of the day in a time zone. The same twice: never quiet."""

    from_min: Minute
    to_min: Minute
    zone: Annotated[str, Meta(min_length=1, max_length=64)]


class MailLink(Body, frozen=True):
    """The secret of a link that came by mail, sent by the button on its page."""

    secret: Secret


class InvolveBody(Body, frozen=True):
    """How I take part."""

    communicate: bool
    improve: bool
    share: bool
    inspire: bool


class TellBody(Body, frozen=True):
    """Something to tell everybody who may read a room. With the same `news` it is told once."""

    news: NonceRef
    room: RoomId
    kind: NewsKind
    says: Annotated[str, Meta(min_length=1, max_length=400)]
    when: Annotated[str, Meta(max_length=160)] = ""


class Told(View, frozen=True):
    """It is told. `mail` false: in the app alone, since mail is not set up."""

    mail: bool


class MailCount(View, frozen=True):
    """How many mails of one matter are in one state."""

    matter: str
    state: str
    count: int


class KeptMail(View, frozen=True):
    """A mail of the demo, which goes nowhere."""

    subject: str
    text: str


class Outbox(View, frozen=True):
    """What became of the last month's mails, never whom they went to. `mails` is for the demo alone."""

    mail: bool
    counts: tuple[MailCount, ...]
    mails: tuple[KeptMail, ...]
