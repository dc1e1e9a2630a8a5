"""What came of a replay, as people and programs read it."""

import math
from collections.abc import Sequence

from msgspec import Struct

from rooms.ids import MessageId


class Report(Struct, frozen=True, kw_only=True):
    """How many lines were sent and what became of them. A line counts in one of the four after `sent`, or in `lost`."""

    lines: int
    sent: int
    acknowledged: int
    held: int
    refused: int
    unanswered: int
    # What was found in the history afterwards, held against what was acknowledged.
    lost: int
    doubled: int
    moved: int
    altered: int
    refusals: dict[str, int]
    p50_ms: int
    p99_ms: int
    max_ms: int
    took_s: float
    voices: int
    reconnected: int
    resumed: int
    snapshots: int

    @property
    def kept(self) -> bool:
        """Whether every line was sent, and all that was acknowledged stands once, in order and as it was said."""
        return not (self.lost or self.doubled or self.moved or self.altered or self.unanswered) and (
            self.sent == self.lines
        )

    def lines_for_people(self) -> list[str]:
        """The report in a few lines."""
        refusals = ", ".join(f"{code} {count}" for code, count in sorted(self.refusals.items()))
        told = [
            f"{self.lines} lines by {self.voices} people in {self.took_s:.0f} s, {self.sent} of them sent.",
            f"Acknowledged {self.acknowledged}, held {self.held}, refused {self.refused}, no answer {self.unanswered}.",
            f"In the history: lost {self.lost}, doubled {self.doubled}, moved {self.moved}, altered {self.altered}.",
            f"Acknowledged within {self.p50_ms} ms (p50), {self.p99_ms} ms (p99), {self.max_ms} ms at most.",
        ]
        if refusals:
            told.append(f"Refused as: {refusals}.")
        if self.reconnected:
            told.append(f"Came back {self.reconnected} times: {self.resumed} resumed, {self.snapshots} begun anew.")
        told.append("Every line was kept." if self.kept else "NOT every line was kept.")
        return told


class Compared(Struct, frozen=True, kw_only=True):
    """The history held against what was acknowledged."""

    lost: int
    doubled: int
    moved: int
    altered: int


Said = tuple[MessageId, str]


def compare(acknowledged: Sequence[Said], found: Sequence[Said], *, unanswered: int) -> Compared:
    """What became of lines that were acknowledged in this order, by what stands in the history in that one.

    `unanswered` lines may stand there or not.
    """
    words = dict(found)
    expected = [message for message, _ in acknowledged]
    known = set(expected)
    there = [message for message in expected if message in words]
    stands = [message for message, _ in found if message in known]
    extra = len(found) - len(known & words.keys())
    return Compared(
        lost=len(expected) - len(there),
        doubled=max(0, extra - unanswered) + len(expected) - len(known),
        moved=sum(one != other for one, other in zip(there, stands, strict=False)),
        altered=sum(words.get(message, text) != text for message, text in acknowledged),
    )


def percentile(sorted_ms: Sequence[int], share: float) -> int:
    """The value that so large a share does not exceed; 0 of nothing."""
    if not sorted_ms:
        return 0
    return sorted_ms[max(0, math.ceil(share * len(sorted_ms)) - 1)]
