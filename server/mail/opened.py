"""How mails leave this server, as the settings say."""

from community.ports import Mails
from server.door.keys import Keys
from server.mail.mail_kept import KeptMails
from server.mail.sealing import Seal
from server.settings import KEPT_MAIL, Settings


def make_mails(settings: Settings) -> Mails | None:
    """Where mails are handed on; None when mail is not set up."""
    url = settings.mail_url.get_secret_value()
    if not url:
        return None
    if url == KEPT_MAIL:
        return KeptMails()
    # Loading it costs a start that sends no mail 50 ms.
    from server.mail.mail_smtp import SmtpMails  # noqa: PLC0415

    return SmtpMails(url, settings.mail_from)


def seal_of(settings: Settings) -> Seal:
    """What seals addresses on this server."""
    keys = Keys(settings.secret_key.get_secret_value())
    return Seal(reach=keys.derive("reach"), links=keys.derive("mail links"))
