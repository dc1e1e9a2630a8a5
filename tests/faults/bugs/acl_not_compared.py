"""Events carry the state of rights that they were made under, and nobody compares it with that of the follower."""

from server.streams.channel import Channel
from server.streams.fanout import Fanout
from server.streams.streams import Streams


def plant() -> None:
    """Believe that rights are as they were when somebody came in, but on the node where they were changed."""

    def not_compared(self: Fanout, channel: Channel, acl: int = 0) -> None:
        for follower in channel.followers:
            follower.acl = channel.acl

    def not_raised(self: Streams, stream: str, acl: int) -> None:
        """Nothing."""

    Fanout.check_rights = not_compared  # type: ignore[method-assign]
    Fanout.raise_rights = not_compared  # type: ignore[method-assign]
    Streams._raise_rights = not_raised  # type: ignore[method-assign]
