"""Every setting, read once from the environment (`HEARTH_…`) into one frozen value that is handed on whole."""

import os
import secrets
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic.networks import IPvAnyNetwork
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from community.reach import mail_address
from rooms.contract import Refused
from rooms.rights import Role

KEY_FILE = "secret_key"
# Mails that go nowhere and can be looked at: for the demo and for trying things out.
KEPT_MAIL = "memory:"
# Telling people and closing their sockets must end well before the 25 s after which a stop is forced.
DRAIN_LIMIT_S = 15
# A browser leaves them out, so an origin with one of them never comes from anywhere.
_USUAL_PORTS = {"http": 80, "https": 443}
_AS = "https://talk.example.org, with nothing after the name but a port that is not the usual one"


class Stage(StrEnum):
    """Whether strangers depend on this server. Production refuses what is only fit for trying things out."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class LogFormat(StrEnum):
    """How log lines look; AUTO is pretty on a terminal and JSON elsewhere."""

    AUTO = "auto"
    JSON = "json"
    PRETTY = "pretty"


class LogLevel(StrEnum):
    """The least important line that is still written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _file_in(found: dict[str, Any]) -> str:
    return f"sqlite:///{Path(found.get('data_dir', 'data')) / 'hearth.db'}"


Listed = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """How this server was asked to run. Built by the command line; everything else is given it."""

    model_config = SettingsConfigDict(env_prefix="HEARTH_", env_ignore_empty=True, frozen=True, extra="ignore")

    env: Stage = Field(
        default=Stage.DEVELOPMENT,
        description="`production` makes the start refuse settings that are unsafe for a server people depend on.",
    )
    host: str = Field(default="127.0.0.1", description="The address to listen on. `0.0.0.0` is every network.")
    port: int = Field(default=8000, ge=0, le=65535, description="The port to listen on. 0 takes any free one.")
    public_url: str = Field(
        default="",
        description="The address people open, as `https://talk.example.org`. Links are made with it. "
        "Without it: `http://localhost:PORT`.",
    )
    allowed_origins: Listed = Field(
        default=(),
        description="The pages that may connect, comma separated, as `https://talk.example.org`. "
        "Without it, in development: the public address and the local ones.",
    )
    trusted_proxies: Listed = Field(
        default=(),
        description="Addresses or networks of the proxies in front, comma separated. Only their "
        "`X-Forwarded-For` is believed.",
    )
    data_dir: Path = Field(
        default=Path("data"), description="The folder for the SQLite file, a generated key and backups."
    )
    database_url: str = Field(
        default_factory=_file_in,
        description="`sqlite:///path/to/file.db`, or `postgresql://user:password@host/name`. "
        "Without it: `hearth.db` in the data folder.",
    )
    redis_url: str = Field(
        default="",
        description="For several nodes on one PostgreSQL: the Redis through which they tell each other, as "
        "`redis://user:password@host:6379/0`, or `rediss://…` over TLS. Without it, one node.",
    )
    redis_cluster: bool = Field(
        default=False,
        description="The Redis is a cluster: notices go through sharded pub/sub. Needs Redis 7 or Valkey.",
    )
    processes: int = Field(
        default=1, ge=1, description="How many processes one start serves with: one. For more, start more nodes."
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="At least 32 characters that nobody else knows. In development one is made and "
        "kept in the data folder; production needs it set.",
    )
    drain_s: float = Field(
        default=10,
        ge=0,
        le=DRAIN_LIMIT_S,
        description="How many seconds a stop takes to send people elsewhere, at most 15. 0 stops at once.",
    )
    admit_per_s: int = Field(
        default=1000,
        ge=1,
        description="How many live connections are let in a second. More are told to try again a little later.",
    )
    header_timeout_s: float = Field(
        default=10,
        gt=0,
        le=60,
        description="A connection that has not finished its headers by then is closed.",
    )
    log_level: LogLevel = Field(default=LogLevel.INFO, description="`debug`, `info`, `warning` or `error`.")
    log_format: LogFormat = Field(
        default=LogFormat.AUTO,
        description="`json`, `pretty`, or `auto`: pretty on a terminal and JSON elsewhere.",
    )
    metrics_token: SecretStr = Field(
        default=SecretStr(""),
        description="The bearer token that opens `/metrics`. Without it only this machine may read it, "
        "and not through a proxy.",
    )
    lift_address_limits: bool = Field(
        default=False,
        description="Count nothing by network address, for load tests. Never in production.",
    )
    mail_url: SecretStr = Field(
        default=SecretStr(""),
        description="The mail server that reminders go out by, as `smtps://user:password@host:465` or "
        "`smtp://user:password@host:587`, which begins TLS by itself. Without it people cannot be reminded.",
    )
    mail_from: str = Field(
        default="",
        description="The address that mails come from, as `hearth@example.org`. Needed with the mail server.",
    )
    backup_dir: Path = Field(
        default_factory=lambda found: Path(found.get("data_dir", "data")) / "backups",
        description="Where `hearth backup` without a file name writes. Without it: `backups` in the data folder.",
    )
    backup_keep_days: int = Field(
        default=35,
        ge=1,
        le=35,
        description="Dated files in the backup folder are deleted after so many days, at most 35: "
        "what was erased must not live on in a backup.",
    )
    backup_max_age_h: int = Field(
        default=26,
        ge=1,
        description="`doctor` and the health page complain when the last backup is older.",
    )

    oidc_issuer: str = Field(
        default="",
        description="For an organisation whose people sign in by its own OpenID Connect provider: the provider's "
        "address, as it states it itself, as `https://login.example.org/realms/hospital`. Without it, nobody does.",
    )
    oidc_client_id: str = Field(default="", description="What the provider calls this server.")
    oidc_client_secret: SecretStr = Field(
        default=SecretStr(""), description="The secret that the provider has given this server."
    )
    oidc_name: str = Field(
        default="",
        max_length=60,
        description="The organisation, as the button names it: `St Brannock’s` makes *Sign in with St Brannock’s*.",
    )
    oidc_roles: Listed = Field(
        default=(),
        description="Which groups come in, and as what: `group=role`, comma separated; a role is `member`, "
        "`moderator`, `host` or `keeper`. Whoever has none of the groups does not come in. `*=member` lets in "
        "everybody whom the provider signs in.",
    )
    oidc_groups_claim: str = Field(
        default="groups", min_length=1, description="Which claim of the provider's lists somebody's groups."
    )
    oidc_scopes: str = Field(
        default="openid profile",
        description="What is asked of the provider; some give the groups only when `groups` is among it.",
    )
    oidc_community: str = Field(
        default="", description="The slug of the community that they come in to. Without it, the server's only one."
    )

    @field_validator("allowed_origins", "trusted_proxies", "oidc_roles", mode="before")
    @classmethod
    def _split(cls, given: object) -> object:
        if isinstance(given, str):
            return tuple(part for part in (part.strip() for part in given.split(",")) if part)
        return given

    @field_validator("public_url")
    @classmethod
    def _address(cls, given: str) -> str:
        given = given.rstrip("/")
        # Pages, cookies and the live connection are at the root of their host, so a path could only lead nowhere.
        if given and (not _is_address(given) or given.lower() != origin_of(given)):
            raise ValueError(f"write it as {_AS}")
        return given

    @field_validator("allowed_origins")
    @classmethod
    def _origins(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for one in given:
            if not _is_address(one) or one != origin_of(one):
                raise ValueError(f"{one}: write each as {_AS}")
        return given

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for one in given:
            IPvAnyNetwork(one)  # type: ignore[operator]  # a class whose call parses, which its stub does not say
        return given

    @field_validator("database_url")
    @classmethod
    def _database(cls, given: str) -> str:
        if not given.startswith(("sqlite:///", "postgresql://", "postgresql+", "postgres://")):
            raise ValueError("write it as sqlite:///file.db or postgresql://user:password@host/name")
        return given

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, given: str) -> str:
        if given and not (given.startswith(("redis://", "rediss://")) and urlsplit(given).hostname):
            raise ValueError("write it as redis://user:password@host:6379/0, or rediss:// for TLS")
        return given

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, given: str) -> str:
        parts = urlsplit(given)
        if given and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment):
            raise ValueError("write it as https://login.example.org, without a query")
        return given

    @field_validator("oidc_roles")
    @classmethod
    def _group_roles(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for one in given:
            group, _, role = one.rpartition("=")
            if not group or role not in {known.value for known in Role}:
                raise ValueError(f"{one}: write each as group=role, with one of {', '.join(Role)}")
        return given

    @field_validator("oidc_scopes")
    @classmethod
    def _scopes(cls, given: str) -> str:
        if "openid" not in given.split():
            raise ValueError("openid must be among them")
        return given

    @property
    def group_roles(self) -> dict[str, frozenset[Role]]:
        """The roles that each group of the organisation's gives."""
        found: dict[str, frozenset[Role]] = {}
        for one in self.oidc_roles:
            group, _, role = one.rpartition("=")
            found[group] = found.get(group, frozenset()) | {Role(role)}
        return found

    @property
    def organisation(self) -> str | None:
        """The organisation whose people sign in by its own provider; None when there is none."""
        return self.oidc_name if self.oidc_issuer else None

    @field_validator("mail_url")
    @classmethod
    def _mail_url(cls, given: SecretStr) -> SecretStr:
        url = given.get_secret_value()
        if url and url != KEPT_MAIL and not _is_mail_server(url):
            raise ValueError("write it as smtps://user:password@host:465 or smtp://user:password@host:587")
        return given

    @field_validator("mail_from")
    @classmethod
    def _mail_from(cls, given: str) -> str:
        try:
            return mail_address(given) if given else ""
        except Refused:
            raise ValueError("write one address, as hearth@example.org") from None

    @property
    def production(self) -> bool:
        """Whether strangers depend on this server."""
        return self.env is Stage.PRODUCTION

    @property
    def passkeys_required(self) -> bool:
        """Whether roles of the team have force only for people who have a passkey."""
        return self.production

    @property
    def sqlite_path(self) -> Path | None:
        """The database's file; None on PostgreSQL."""
        scheme, _, path = self.database_url.partition(":///")
        return Path(path) if scheme.startswith("sqlite") else None

    @property
    def postgres_url(self) -> str:
        """The database's address as the driver takes it, whatever driver it names."""
        return f"postgresql://{self.database_url.partition('://')[2]}"

    @property
    def address(self) -> str:
        """What stands before the path in every link that is given to people."""
        return self.public_url or f"http://localhost:{self.port}"

    @property
    def origins(self) -> frozenset[str]:
        """The origins that a browser's page may come from, to the letter."""
        if self.allowed_origins:
            return frozenset(self.allowed_origins)
        local = (origin_of(f"http://{name}:{self.port}") for name in ("localhost", "127.0.0.1", "[::1]"))
        return frozenset(local) | {origin_of(self.address)}

    @property
    def secure(self) -> bool:
        """Whether people come over https, so that cookies can be marked for it alone."""
        return self.address.startswith("https://")


def origin_of(address: str) -> str:
    """The scheme, name and port of an address, as a browser states them."""
    parts = urlsplit(address)
    usual = parts.port is not None and parts.port == _USUAL_PORTS.get(parts.scheme)
    place = parts.netloc.rpartition(":")[0] if usual else parts.netloc
    return f"{parts.scheme}://{place}".lower()


def is_in_numbers(address: str) -> bool:
    """Whether an address has no name, as `https://192.0.2.7` has none."""
    try:
        ip_address(urlsplit(address).hostname or "")
    except ValueError:
        return False
    return True


def _is_mail_server(url: str) -> bool:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        return False
    whole = not (parts.path.strip("/") or parts.query or parts.fragment)
    return parts.scheme in {"smtp", "smtps"} and bool(parts.hostname) and port != 0 and whole


def _is_address(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and "*" not in parts.netloc


def with_key(settings: Settings) -> Settings:
    """The settings with a secret key: the one given, or in development the one kept in the data folder.

    The first call makes that one. Production never makes a key, because nobody would have copied it when it is
    needed to read a backup.
    """
    if settings.secret_key.get_secret_value() or settings.production:
        return settings
    return settings.model_copy(update={"secret_key": SecretStr(kept_key(settings) or _make_key(settings.data_dir))})


def kept_key(settings: Settings) -> str | None:
    """The key given, or the one kept in the data folder; None when there is neither."""
    given = settings.secret_key.get_secret_value()
    if given or settings.production:
        return given or None
    file = settings.data_dir / KEY_FILE
    return file.read_text(encoding="ascii").strip() if file.exists() else None


def _make_key(folder: Path) -> str:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = secrets.token_urlsafe(48)
    # Written aside and linked into place: of two first starts one makes the key, and no one ever reads half of it.
    aside = folder / f".{KEY_FILE}.{os.getpid()}"
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as made:
        made.write(key)
    try:
        os.link(aside, folder / KEY_FILE)
    except FileExistsError:
        key = (folder / KEY_FILE).read_text(encoding="ascii").strip()
    finally:
        aside.unlink()
    return key
