"""What the REST routes about what is kept take and give: one's own, erasing it, how long words stay, legal holds."""

from typing import Annotated

from msgspec import Meta, field

from community.commands import HoldReason
from community.kept import KeptKind
from rooms.commands import NonceRef
from rooms.ids import RoomId
from server.api import Body, View


class KeptLine(View, frozen=True):
    """One kind of thing that is kept of me, and how many there are."""

    what: KeptKind
    count: int


class HoldLine(View, frozen=True):
    """A legal hold: nothing said there is erased while it stands. `room` null: in the whole community."""

    room: RoomId | None
    title: str
    reason: HoldReason
    since_ms: int


class Kept(View, frozen=True):
    """What is kept of me, in numbers; `rooms` are those in which I have said something."""

    kept: tuple[KeptLine, ...]
    rooms: int
    holds: tuple[HoldLine, ...]


class ExportPage(View, frozen=True):
    """A page of everything that is kept of me. `rooms` says on the last page what my rooms are called."""

    what: KeptKind
    rows: tuple[dict[str, str | int | None], ...]
    next: str | None = None
    rooms: dict[RoomId, str] = field(default_factory=dict)


class EraseBody(Body, frozen=True):
    """Erase me. The `secret`, made by the client, opens the receipt, also when this answer is lost."""

    secret: NonceRef


class ReceiptBody(Body, frozen=True):
    """The secret of a receipt."""

    secret: NonceRef


class ErasureReceipt(View, frozen=True):
    """What was erased. `done_ms` null: nobody can read it any more, and the rows are still being emptied."""

    receipt: str
    asked_ms: int
    done_ms: int | None
    sealed: bool
    erased: tuple[KeptLine, ...]
    wiped_ms: int | None
    backups_ms: int | None
    until_ms: int | None


class KeepBody(Body, frozen=True):
    """Keep words for so many days; in a room, null goes by the community's."""

    days: Annotated[int, Meta(ge=1, le=100_000)] | None
    room: RoomId | None = None


class HoldBody(Body, frozen=True):
    """Begin a legal hold for a reason, in one room or in the whole community; null ends it."""

    reason: HoldReason | None
    room: RoomId | None = None


class RoomKeeping(View, frozen=True):
    """For how long one room keeps words. `own_days` null: as long as the community."""

    room: RoomId
    title: str
    own_days: int | None
    days: int
    hold: HoldReason | None
    held_since_ms: int | None
    due: int


class Keeping(View, frozen=True):
    """For how long words are kept here; `due` counts those that go with the next pass."""

    days: int
    least: int
    most: int
    hold: HoldReason | None
    held_since_ms: int | None
    rooms: tuple[RoomKeeping, ...]


class Due(View, frozen=True):
    """How many messages would go with the next pass if words were kept for so many days."""

    due: int
