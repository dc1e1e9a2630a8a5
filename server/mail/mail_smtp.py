"""Mails over SMTP."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from community.ports import Mail, MailLater, MailRefused, MailUnsure
from server.clock import wall_ms

# To connect, to prove who we are and to name the addressee; then to hand over a few lines and be told that they came.
BEFORE_S = 20.0
HANDING_S = 20.0
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_PORTS = {"smtp": 587, "smtps": 465}


class SmtpMails:
    """Hands mails to one mail server, each over a connection of its own."""

    def __init__(self, url: str, sender: str) -> None:
        """`url` as in the settings; `sender` is the address that mails come from."""
        parts = urlsplit(url)
        self._sender = sender
        self._host = parts.hostname or ""
        self._port = parts.port or _PORTS[parts.scheme]
        self._tls = parts.scheme == "smtps"
        # A password, and people's addresses, go over a network only when nobody can read along.
        self._start_tls = None if self._tls or self._host in _HERE else True
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None

    async def send(self, mail: Mail) -> None:
        """Hand on one mail, within 40 s. Raises `MailLater`, `MailRefused` or `MailUnsure`."""
        async with self._at_the_addressee(mail) as server:
            try:
                async with asyncio.timeout(HANDING_S):
                    await server.data(self.written(mail))
            except SMTPResponseException as error:
                raise _refused(error) from None
            except (SMTPException, OSError, TimeoutError):
                # Everything may have arrived, and only the answer was lost.
                raise MailUnsure from None

    @contextlib.asynccontextmanager
    async def _at_the_addressee(self, mail: Mail) -> AsyncIterator[SMTP]:
        """A server that has said yes to the addressee. Up to here nothing was sent, so it can be tried again."""
        server = SMTP(
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            use_tls=self._tls,
            start_tls=None if self._tls else self._start_tls,
            timeout=BEFORE_S,
        )
        try:
            try:
                async with asyncio.timeout(BEFORE_S):
                    await server.connect()
                    await server.mail(self._sender)
                    await _name(server, mail.to)
            except aiosmtplib.SMTPRecipientRefused as error:
                raise _refused(error) from None
            except SMTPResponseException as error:
                # It wants nothing from us just now. That is for whoever runs the server, and no fault of the address.
                raise MailLater(error.code) from None
            except (SMTPException, OSError, TimeoutError):
                raise MailLater from None
            yield server
        finally:
            server.close()

    def written(self, mail: Mail) -> bytes:
        """The mail as it goes over the wire. No header holds anything that a person wrote but the address."""
        letter = EmailMessage(policy=WIRE)
        letter["From"] = self._sender
        letter["To"] = mail.to
        letter["Subject"] = mail.subject
        letter["Date"] = formatdate(wall_ms() / 1000)
        letter["Message-ID"] = f"<{mail.id}@{self._sender.rpartition('@')[2]}>"
        # Nobody's holiday answer comes back.
        letter["Auto-Submitted"] = "auto-generated"
        if mail.stop_link:
            letter["List-Unsubscribe"] = f"<{mail.stop_link}>"
            letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        letter.set_content(mail.text, cte="quoted-printable")
        return letter.as_bytes()


def _refused(error: SMTPResponseException) -> MailRefused | MailLater:
    """Refused for good, or for now. What a server says of its own rules (5.7, RFC 3463) is for whoever runs ours to
    mend, and no fault of the address."""
    for_good = error.code >= 500 and not error.message.lstrip().startswith("5.7.")
    return MailRefused(error.code) if for_good else MailLater(error.code)


async def _name(server: SMTP, address: str) -> None:
    await server.rcpt(address)
