"""What a node is told of it shows; what it was not told of it never asks for."""

from server.streams.channel import Channel
from server.streams.streams import Streams


def plant() -> None:
    """Read nothing that is missing."""

    def fill(self: Streams, channel: Channel) -> None:
        """Nothing."""

    Streams.fill = fill  # type: ignore[method-assign]
