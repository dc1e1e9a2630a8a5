"""Which settings stop a start, each with what is wrong and the exact thing to set instead."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import NamedTuple
from urllib.parse import urlsplit

from server.settings import KEPT_MAIL, Settings, is_in_numbers, origin_of

# 32 characters of base64 are 192 bits; a passphrase of that length is still out of reach.
KEY_LENGTH = 32
TOKEN_LENGTH = 16
# Fewer different characters than this, and somebody leaned on a key of the keyboard.
KEY_VARIETY = 10
_HERE = ("localhost", "127.0.0.1", "::1")
_PLACEHOLDERS = ("change", "secret", "example", "password", "default", "hearth", "test")


class Problem(NamedTuple):
    """One setting that stops the start: its name in the environment, why, and what to do."""

    setting: str
    why: str
    do: str

    def __str__(self) -> str:
        return f"{self.setting}: {self.why} {self.do}"


def unsafe(settings: Settings) -> list[Problem]:
    """Everything that must change before this server may start; empty when nothing must."""
    found = list(_impossible(settings))
    if settings.production:
        found += _address(settings)
        found += _origins(settings)
        found += _proxies(settings)
        found += _secrets(settings)
        found += _limits(settings)
        found += _redis(settings)
        found += _provider(settings)
        found += _mail(settings)
    return found


def _impossible(settings: Settings) -> Iterator[Problem]:
    if settings.redis_url and settings.sqlite_path is not None:
        yield Problem(
            "HEARTH_REDIS_URL",
            "SQLite takes one process, so there is no other node to tell.",
            "Take it out, or set HEARTH_DATABASE_URL to a PostgreSQL database.",
        )
    if settings.mail_url.get_secret_value() not in {"", KEPT_MAIL} and not settings.mail_from:
        yield Problem(
            "HEARTH_MAIL_FROM",
            "Mails would come from nobody.",
            "Set it to the address that they come from, as hearth@example.org, or take HEARTH_MAIL_URL out.",
        )
    if settings.processes > 1:
        yield Problem(
            "HEARTH_PROCESSES",
            "One start is one process.",
            "Set it to 1, and start more nodes on one PostgreSQL and one Redis.",
        )

    yield from _half_an_organisation(settings)


def _half_an_organisation(settings: Settings) -> Iterator[Problem]:
    needed = {
        "HEARTH_OIDC_ISSUER": (settings.oidc_issuer, "Set it to the provider's address, as it states it itself."),
        "HEARTH_OIDC_CLIENT_ID": (settings.oidc_client_id, "Set it to what the provider calls this server."),
        "HEARTH_OIDC_CLIENT_SECRET": (
            settings.oidc_client_secret.get_secret_value(),
            "Set it to the secret that the provider has given this server.",
        ),
        "HEARTH_OIDC_NAME": (settings.oidc_name.strip(), "Set it to what the button shall name."),
        "HEARTH_OIDC_ROLES": (settings.oidc_roles, "Say which groups come in, as hospital-hosts=host, or *=member."),
    }
    if not any(given for given, _ in needed.values()):
        return
    for setting, (given, do) in needed.items():
        if not given:
            yield Problem(setting, "The organisation's sign-in is only half set up.", do)


def _provider(settings: Settings) -> Iterator[Problem]:
    if settings.oidc_issuer and not settings.oidc_issuer.startswith("https://"):
        yield Problem(
            "HEARTH_OIDC_ISSUER",
            "Over http everyone on the way could sign in as anybody.",
            "Write https:// for it.",
        )
    if settings.oidc_issuer and 0 < len(settings.oidc_client_secret.get_secret_value()) < TOKEN_LENGTH:
        yield Problem(
            "HEARTH_OIDC_CLIENT_SECRET",
            f"It has fewer than {TOKEN_LENGTH} characters.",
            "Let the provider make a longer one.",
        )


def _address(settings: Settings) -> Iterator[Problem]:
    if not settings.public_url:
        yield Problem(
            "HEARTH_PUBLIC_URL",
            "Nobody knows the address people open, so links would lead nowhere.",
            "Set it, as https://talk.example.org.",
        )
    elif not settings.secure:
        yield Problem(
            "HEARTH_PUBLIC_URL",
            "Over http everyone on the way can read along and take over sessions.",
            "Put a proxy with a certificate in front, and write https://.",
        )
    if settings.public_url and is_in_numbers(settings.public_url):
        yield Problem(
            "HEARTH_PUBLIC_URL",
            "Browsers make passkeys for a name alone, and the team needs them.",
            "Write the server's name, as https://talk.example.org.",
        )


def _origins(settings: Settings) -> Iterator[Problem]:
    given = settings.allowed_origins
    if not given:
        yield Problem(
            "HEARTH_ALLOWED_ORIGINS",
            "No page is named that may connect.",
            "Set it to the public address, as https://talk.example.org.",
        )
        return
    if any(one.startswith("http://") for one in given):
        yield Problem(
            "HEARTH_ALLOWED_ORIGINS",
            "A page that came over http may have been changed on the way.",
            "Write https:// for each.",
        )
    if settings.public_url and origin_of(settings.public_url) not in given:
        yield Problem(
            "HEARTH_ALLOWED_ORIGINS",
            "The public address is not in it, so its own page could not connect.",
            f"Add {origin_of(settings.public_url)}.",
        )


def _proxies(settings: Settings) -> Iterator[Problem]:
    if not settings.trusted_proxies:
        # https ends at a proxy, always: Hearth itself speaks plain http.
        yield Problem(
            "HEARTH_TRUSTED_PROXIES",
            "Everybody would share the proxy's address, and one guesser lock out all.",
            "Name the proxy in front, often 127.0.0.1.",
        )
    elif any(ip_network(one, strict=False).prefixlen == 0 for one in settings.trusted_proxies):
        yield Problem(
            "HEARTH_TRUSTED_PROXIES",
            "It trusts every address, so anybody could claim to be anywhere.",
            "Name only the proxies in front.",
        )


def _secrets(settings: Settings) -> Iterator[Problem]:
    make = "Set it to what `openssl rand -base64 48` prints, and keep a copy with the backups."
    key = settings.secret_key.get_secret_value()
    if not key:
        yield Problem("HEARTH_SECRET_KEY", "It is missing.", make)
    elif len(key) < KEY_LENGTH:
        yield Problem("HEARTH_SECRET_KEY", f"It has fewer than {KEY_LENGTH} characters.", make)
    elif len(set(key)) < KEY_VARIETY or key.lower().startswith(_PLACEHOLDERS):
        yield Problem("HEARTH_SECRET_KEY", "It looks like a placeholder.", make)
    token = settings.metrics_token.get_secret_value()
    if token and len(token) < TOKEN_LENGTH:
        yield Problem("HEARTH_METRICS_TOKEN", f"It has fewer than {TOKEN_LENGTH} characters.", "Make it longer.")


def _limits(settings: Settings) -> Iterator[Problem]:
    if settings.lift_address_limits:
        yield Problem(
            "HEARTH_LIFT_ADDRESS_LIMITS",
            "Codes could be guessed without end.",
            "Take it out: it is for load tests.",
        )


def _redis(settings: Settings) -> Iterator[Problem]:
    if not settings.redis_url:
        return
    parts = urlsplit(settings.redis_url)
    if not parts.password and parts.hostname not in _HERE:
        yield Problem(
            "HEARTH_REDIS_URL",
            "Everyone who reaches that Redis could read along.",
            "Give Redis a user and a password, and write them into the address.",
        )


def _mail(settings: Settings) -> Iterator[Problem]:
    if settings.mail_url.get_secret_value() == KEPT_MAIL:
        yield Problem(
            "HEARTH_MAIL_URL",
            "Mails would be kept in memory, and nobody would get one.",
            "Name a mail server, as smtps://user:password@host:465, or take it out.",
        )
