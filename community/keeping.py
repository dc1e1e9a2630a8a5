"""For how long words are kept, in a community and in each of its rooms, and what holds them beyond that."""

from dataclasses import dataclass

from community.commands import HoldReason
from community.facts import Member, Room, existing, require
from rooms.contract import Code, Refused
from rooms.rights import Deed

# Shorter, and a conversation would be gone before the next one begins.
DAYS_LEAST = 7
DAYS_MOST = 3_650

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long words are kept: what the community says, and what each room says by itself (None: as the community)."""

    community_days: int
    room_days: int | None = None

    @property
    def days(self) -> int:
        """What counts: a room may keep words for a shorter time, and never for longer than the community says."""
        return self.community_days if self.room_days is None else min(self.community_days, self.room_days)

    def before_ms(self, now_ms: int) -> int:
        """What was said before this is older than what is kept."""
        return now_ms - self.days * DAY_MS

    @property
    def ages(self) -> bool:
        """Whether words ever grow too old: not where the community keeps them for 0 days, which says without end."""
        return self.community_days > 0

    def require_days(self, days: int, *, whole: bool) -> None:
        """Refuse a time that can't be kept: in the `whole` community, or in a room of it."""
        most = DAYS_MOST if whole else self.community_days
        # A community that keeps for less than the least, or a room in it, may go on so.
        least = min(DAYS_LEAST, most)
        if not least <= days <= most:
            raise Refused(Code.KEPT_OUT_OF_RANGE, least=least, most=most)


def keep_for(actor: Member | None, now: Keeping, days: int | None, *, room: Room | None, now_ms: int) -> bool:
    """Whether words are kept for another time from now on; false when it is so already. `room` None: the community."""
    require(actor, Deed.SET_KEEPING, now_ms=now_ms)
    if days is None:
        existing(room)
    else:
        now.require_days(days, whole=room is None)
    return days != (now.community_days if room is None else now.room_days)


def hold(actor: Member | None, held: HoldReason | None, reason: HoldReason | None, *, now_ms: int) -> bool:
    """Whether a hold begins, ends (`reason` None) or has another reason from now on; false when it is so already."""
    require(actor, Deed.HOLD, now_ms=now_ms)
    return held is not reason
