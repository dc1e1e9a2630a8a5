"""What the community's rules ask of the world: that a mail is handed on."""

from collections.abc import Awaitable
from typing import Protocol

from msgspec import Struct


class Mail(Struct, frozen=True, kw_only=True):
    """One mail to one address. `id` is the same whenever the same mail is tried again.

    `stop_link` is the whole address at which one press stops all mails; empty in the mail that asks whether the address
    is right, which nobody gets twice.
    """

    id: str
    to: str
    subject: str
    text: str
    stop_link: str = ""


class MailLater(Exception):  # noqa: N818 - it is how the world is just now
    """The mail was not taken, and may be tried again. `said` is the mail server's number, if it gave one."""

    def __init__(self, said: int | None = None) -> None:
        super().__init__(f"not now ({said})")
        self.said = said


class MailRefused(Exception):  # noqa: N818 - as above
    """The mail will never be taken: there is no such address, or its owner's server does not want it."""

    def __init__(self, said: int | None = None) -> None:
        super().__init__(f"never ({said})")
        self.said = said


class MailUnsure(Exception):  # noqa: N818 - as above
    """The mail was handed over and the answer was lost: it may arrive or not, and must not be sent again."""


class Mails(Protocol):
    """Hands mails on. Ends within its deadline."""

    def send(self, mail: Mail) -> Awaitable[None]:
        """Hand on one mail. Raises `MailLater`, `MailRefused` or `MailUnsure`."""
        ...
