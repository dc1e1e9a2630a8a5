"""A stop is uvicorn's own: it closes all sockets at once and says nothing to anybody."""

import uvicorn

from server.node import Node


def plant() -> None:
    """Leave out sending people elsewhere."""
    Node.shutdown = uvicorn.Server.shutdown  # type: ignore[method-assign]
