"""Leases of tabs become people who are here. Pure: time is an argument, and several tabs are one person."""

from dataclasses import dataclass, field

from rooms.ids import PersonId, TabId
from rooms.rights import TEAM
from rooms.signals import Present, RosterChanged

# With more people than this the room is shown a number, and the team by name.
NAMED_LIMIT = 50


@dataclass(frozen=True, slots=True)
class Lease:
    """One tab's word that somebody is here, good until `until_ms` on a clock that never jumps."""

    tab: TabId
    who: Present
    until_ms: int


@dataclass(slots=True)
class Roster:
    """Who is in one room, by the leases of their tabs."""

    leases: dict[TabId, Lease] = field(default_factory=dict)

    def seen(self, lease: Lease) -> bool:
        """Take or renew a lease. True when that changes who is here, or how they are shown."""
        before = self._shown(lease.who.person)
        self.leases[lease.tab] = lease
        # Not `lease.who`: a tab that has not heard of a new name yet would be news at each renewal.
        return before != self._shown(lease.who.person)

    def left(self, tab: TabId) -> bool:
        """End a tab's lease. True when that changes who is here, or how they are shown."""
        lease = self.leases.get(tab)
        if lease is None:
            return False
        before = self._shown(lease.who.person)
        del self.leases[tab]
        return before != self._shown(lease.who.person)

    def expire(self, *, now_ms: int) -> bool:
        """End the leases that have run out. True when that changes who is here, or how they are shown."""
        late = [lease.tab for lease in self.leases.values() if lease.until_ms <= now_ms]
        gone = [tab for tab in late if self.left(tab)]
        return bool(gone)

    def _shown(self, person: PersonId) -> Present | None:
        shown = None
        for lease in self.leases.values():
            if lease.who.person == person:
                shown = lease.who
        return shown

    def people(self) -> list[Present]:
        """Everybody here, once each: the team first, then by name."""
        once = {lease.who.person: lease.who for lease in self.leases.values()}
        return sorted(once.values(), key=lambda who: (who.role not in TEAM, who.name.casefold(), who.person))

    def told(self) -> RosterChanged:
        """The roster as the room is told it."""
        people = self.people()
        if len(people) <= NAMED_LIMIT:
            return RosterChanged(count=len(people), people=tuple(people))
        team = tuple(who for who in people if who.role in TEAM)[:NAMED_LIMIT]
        return RosterChanged(count=len(people), people=team, named_all=False)
