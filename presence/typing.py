"""Who is writing. Pure: time is an argument; who has not said so again after a while has stopped."""

from dataclasses import dataclass, field

from rooms.ids import PersonId
from rooms.signals import Present, TypingChanged

# A writing browser says so every three seconds.
TYPING_MS = 6_000
NAMED = 3


@dataclass(slots=True)
class Typing:
    """Who is writing in one room, and until when that is believed."""

    until: dict[PersonId, tuple[Present, int]] = field(default_factory=dict)

    def tells(self, who: Present, *, on: bool, now_ms: int) -> bool:
        """Someone says that they are writing, or have stopped. True when that is news."""
        known = who.person in self.until
        if on:
            self.until[who.person] = (who, now_ms + TYPING_MS)
        else:
            self.until.pop(who.person, None)
        return known != on

    def expire(self, *, now_ms: int) -> bool:
        """Forget those who have gone quiet. True when there were any."""
        late = [person for person, (_, until_ms) in self.until.items() if until_ms <= now_ms]
        for person in late:
            del self.until[person]
        return bool(late)

    def told(self) -> TypingChanged:
        """Who is writing, as the room is told: the first three by name."""
        people = [who for who, _ in self.until.values()]
        return TypingChanged(people=tuple(people[:NAMED]), more=max(0, len(people) - NAMED))
