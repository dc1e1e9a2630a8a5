"""Erasing oneself: what a community is told of it, and who has to do something else first."""

from dataclasses import replace

from community.commands import Leave
from community.events import MemberErased
from community.facts import Outcome
from community.membership import Circle, leave
from rooms.ids import CommunityId, PersonId

DAY_MS = 86_400_000
# Erased words are physically gone within a day, and from backups when the oldest of them has been deleted.
WIPED_MS = DAY_MS
BACKUPS_MS = 35 * DAY_MS
# So long a receipt can be looked at again.
RECEIPT_MS = 30 * DAY_MS


def erase_member(circle: Circle, person: PersonId, community: CommunityId, *, now_ms: int) -> Outcome:
    """What comes of it where `person` is or was a member. The last keeper first makes someone else a keeper."""
    erased = (MemberErased(person=person),)
    if circle.actor is None or not circle.actor.member:
        return Outcome(events=erased)
    return replace(leave(circle, Leave(community=community), now_ms=now_ms), events=erased)
