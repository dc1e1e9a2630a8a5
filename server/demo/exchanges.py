"""The little exchanges that go on while somebody is there, in an order in which none comes back soon. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import TypeAlias

from server.demo.script import Speech, blocks, signs_in, speech_in, written

Exchange: TypeAlias = tuple[Speech, ...]

# So many exchanges are kept from beginning the next round, so that nothing is heard again within minutes.
_REST = 8


def exchanges() -> list[Exchange]:
    """All exchanges that are written."""
    return [read_exchange(block) for block in blocks(written("exchanges.txt"))]


def read_exchange(lines: list[str]) -> Exchange:
    """One exchange from its lines. Raises `BadScript`."""
    said: list[Speech] = []
    for line in lines:
        signs = signs_in(line)
        if signs is None:
            said.append(speech_in(line))
        else:
            said[-1] = replace(said[-1], signs=said[-1].signs + signs)
    return tuple(said)


def in_turn(all_of_them: list[Exchange], chance: Random) -> Iterator[Exchange]:
    """Exchanges without end: each comes once in a round, and the last of a round are not the first of the next."""
    last: list[Exchange] = []
    while True:
        fresh = _shuffled([one for one in all_of_them if one not in last], chance)
        half = len(fresh) // 2
        # What was heard just now comes in the second half of the round at the earliest.
        order = fresh[:half] + _shuffled(fresh[half:] + last, chance)
        yield from order
        last = order[-_REST:]


def _shuffled(some: list[Exchange], chance: Random) -> list[Exchange]:
    return chance.sample(some, len(some))
