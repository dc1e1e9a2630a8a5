"""Leases of tabs become people who are here. Pure: time is an argument, and several tabs are one person."""

from collections.abc import Iterable, Mapping
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
    # The tabs of each person, in the order in which they came: thousands are renewed every few seconds.
    _tabs: dict[PersonId, dict[TabId, None]] = field(default_factory=dict)

    def seen(self, lease: Lease) -> bool:
        """Take or renew a lease. True when that changes who is here, or how they are shown."""
        before = self.shown(lease.who.person)
        self.leases[lease.tab] = lease
        self._tabs.setdefault(lease.who.person, {}).setdefault(lease.tab)
        # Not `lease.who`: a tab that has not heard of a new name yet would be news at each renewal.
        return before != self.shown(lease.who.person)

    def left(self, tab: TabId) -> bool:
        """End a tab's lease. True when that changes who is here, or how they are shown."""
        lease = self.leases.get(tab)
        if lease is None:
            return False
        person = lease.who.person
        before = self.shown(person)
        del self.leases[tab]
        del self._tabs[person][tab]
        if not self._tabs[person]:
            del self._tabs[person]
        return before != self.shown(person)

    def expire(self, *, now_ms: int) -> frozenset[PersonId]:
        """End the leases that have run out; whose presence, or how they are shown, that changes."""
        late = [lease for lease in self.leases.values() if lease.until_ms <= now_ms]
        return frozenset(lease.who.person for lease in late if self.left(lease.tab))

    def shown(self, person: PersonId) -> Present | None:
        """How somebody is shown, by the tab that came last; None when they are not here."""
        tabs = self._tabs.get(person)
        return self.leases[next(reversed(tabs))].who if tabs else None

    def people(self) -> dict[PersonId, Present]:
        """Everybody here, once each."""
        return {person: self.leases[next(reversed(tabs))].who for person, tabs in self._tabs.items()}

    def told(self) -> RosterChanged:
        """The roster as the room is told it."""
        return roster_of(self.people())


def merged(parts: Iterable[Mapping[PersonId, Present]]) -> dict[PersonId, Present]:
    """Everybody in any of these, once each, shown as the first of them shows them."""
    everybody: dict[PersonId, Present] = {}
    for people in parts:
        everybody = {**people, **everybody}
    return everybody


def roster_of(people: Mapping[PersonId, Present], *, known: bool = True) -> RosterChanged:
    """These people as a room is told of them: the team first, then by name; of very many only the team."""
    named_all = len(people) <= NAMED_LIMIT
    named = [who for who in people.values() if named_all or who.role in TEAM]
    listed = sorted(named, key=lambda who: (who.role not in TEAM, who.name.casefold(), who.person))
    return RosterChanged(count=len(people), people=tuple(listed[:NAMED_LIMIT]), named_all=named_all, known=known)
