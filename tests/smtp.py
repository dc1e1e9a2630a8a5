"""A real mail server for tests, on a free port: it keeps what it is given, and says no when it is told to."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


@dataclass(slots=True)
class Sink:
    """What a mail server has taken. `to_say` is what it answers to an address instead of yes."""

    port: int = 0
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    to_say: dict[str, str] = field(default_factory=dict)
    # Said once everything of a mail is there, instead of yes.
    at_the_end: str = ""
    # Set while a mail's last answer is kept back until `go`.
    holds: bool = False
    held: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def addresses(self) -> list[str]:
        """Whom mails have come for, in order."""
        return [to for to, _ in self.taken]

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 - aiosmtpd's
        said = self.to_say.get(address)
        if said is None:
            envelope.rcpt_tos.append(address)
        return said or "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's
        if self.at_the_end:
            return self.at_the_end
        read = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(read, EmailMessage)
        self.taken += [(to, read) for to in envelope.rcpt_tos]
        if self.holds:
            self.held.set()
            # Not for luck: until the test says so. The server is a thread of its own.
            self.go.wait(30)
        return "250 OK"


@contextmanager
def sink() -> Iterator[Sink]:
    """A mail server during the block."""
    kept = Sink()
    # aiosmtpd tries its own socket out, so it needs the port's number before: 0 would be another one each time.
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        kept.port = free.getsockname()[1]
    controller = Controller(kept, hostname="127.0.0.1", port=kept.port)
    controller.start()
    try:
        yield kept
    finally:
        kept.go.set()
        controller.stop()
