"""What a node took for the people it served, it has given back when they have gone."""

from collections.abc import Iterator

from tests.faults.checker.reading import Reading, Violation, story

# More than before by so much is a leak; less is noise of pools, caches and the allocator.
ROOM: dict[str, float] = {"tasks": 12, "files": 24, "followers": 0, "sockets": 0, "database": 12, "in_hand": 4}
# Memory does not go back to the system at once; what grows beyond this in one run grows without end in many.
MEMORY_BYTES = 96 * 1024 * 1024


def given_back(reading: Reading) -> Iterator[Violation]:
    """Tasks, connections, file descriptors and memory are back to where they were."""
    for node, (before, after) in enumerate(zip(reading.final.before, reading.final.after, strict=True)):
        for name, room in {**ROOM, "memory_bytes": MEMORY_BYTES}.items():
            if name in before and name in after and after[name] > before[name] + room:
                says = f"n{node} had {before[name]:.0f} {name} at first and {after[name]:.0f} after all had gone"
                yield Violation("P15", says, story())
