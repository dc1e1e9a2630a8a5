"""A line to Redis that was made anew is taken for the old one: nobody looks for what was said meanwhile.

On a slow machine a new line takes so long that missing beats tell of it too: what they tell is not looked into either.
"""

from server.streams.bus_redis import RedisBus
from server.streams.streams import Streams


def plant() -> None:
    """Say nothing of gaps."""
    heard = RedisBus._heard

    def deaf(self: RedisBus, channel: str, envelope: bytes | None) -> None:
        if envelope is not None:
            heard(self, channel, envelope)

    def without_gaps(_self: Streams, _stream: object) -> None:
        """Nobody looks."""

    RedisBus._heard = deaf  # type: ignore[method-assign]
    Streams._gap = without_gaps  # type: ignore[assignment,method-assign]
