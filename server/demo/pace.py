"""How fast people read, think and write, and how long they rest. Pure, with chance handed in."""

from dataclasses import dataclass
from random import Random

# Letters a second: somewhere between a thumb and ten fingers, since nobody waits for a demo's thumbs.
_WRITES = 16


@dataclass(frozen=True, slots=True)
class Pace:
    """`haste` divides every pause: 1 is how people are, tests are in a hurry."""

    chance: Random
    haste: float = 1.0

    def _between(self, least_s: float, most_s: float) -> float:
        return self.chance.uniform(least_s, most_s) / self.haste

    def before_saying(self, text: str) -> float:
        """From what was said before to the sending of this: 4 to 12 seconds."""
        return min(12.0, max(4.0, 3 + len(text) / _WRITES) * self.chance.uniform(0.85, 1.2)) / self.haste

    def before_answering(self) -> float:
        """Until somebody has read what a newcomer wrote."""
        return self._between(0.8, 1.8)

    def writing_answer(self, text: str) -> float:
        """Writing an answer: with the reading before it, 3 to 8 seconds."""
        return min(5.5, max(2.2, len(text) / (2 * _WRITES))) / self.haste

    def before_second(self) -> float:
        """Until somebody else adds to an answer."""
        return self._between(2.0, 4.0)

    def before_sign(self) -> float:
        """Until somebody presses a heart."""
        return self._between(1.0, 4.0)

    def between_exchanges(self, *, lively: bool) -> float:
        """From one exchange to the next; longer when whoever is there has said nothing for long."""
        return self._between(3.0, 7.0) if lively else self._between(40.0, 90.0)

    def after_refusal(self) -> float:
        """When somebody could not speak (the room closed, a member taken out), nobody presses on."""
        return 15.0 / self.haste
