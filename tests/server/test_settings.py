"""Settings: how they are read, and which of them stop a start."""

import stat
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from rooms.rights import Role
from server.settings import KEY_FILE, Settings, Stage, kept_key, with_key
from server.unsafe import unsafe
from server.version import VERSION

GOOD_KEY = "vTq0rWm3Zb8yKx5LcNd7PfHs2JgUe9Aa"


def production(**changed: object) -> Settings:
    """Settings under which a production start is safe, but for what is changed."""
    given: dict[str, object] = {
        "env": Stage.PRODUCTION,
        "public_url": "https://talk.example.org",
        "allowed_origins": ("https://talk.example.org",),
        "trusted_proxies": ("127.0.0.1",),
        "secret_key": SecretStr(GOOD_KEY),
    }
    return Settings(**(given | changed))  # type: ignore[arg-type]


def test_safe_production_settings_have_no_problem() -> None:
    assert unsafe(production()) == []


def test_development_settings_need_nothing() -> None:
    assert unsafe(Settings()) == []


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"public_url": ""}, "HEARTH_PUBLIC_URL"),
        ({"public_url": "http://talk.example.org", "allowed_origins": ("https://x.org",)}, "HEARTH_PUBLIC_URL"),
        ({"allowed_origins": ()}, "HEARTH_ALLOWED_ORIGINS"),
        ({"allowed_origins": ("http://talk.example.org",)}, "HEARTH_ALLOWED_ORIGINS"),
        ({"allowed_origins": ("https://other.example.org",)}, "HEARTH_ALLOWED_ORIGINS"),
        ({"trusted_proxies": ()}, "HEARTH_TRUSTED_PROXIES"),
        ({"trusted_proxies": ("0.0.0.0/0",)}, "HEARTH_TRUSTED_PROXIES"),
        ({"trusted_proxies": ("::/0",)}, "HEARTH_TRUSTED_PROXIES"),
        ({"secret_key": SecretStr("")}, "HEARTH_SECRET_KEY"),
        ({"secret_key": SecretStr("short")}, "HEARTH_SECRET_KEY"),
        ({"secret_key": SecretStr("change-me-" + GOOD_KEY)}, "HEARTH_SECRET_KEY"),
        ({"secret_key": SecretStr("ab" * 40)}, "HEARTH_SECRET_KEY"),
        ({"metrics_token": SecretStr("1234")}, "HEARTH_METRICS_TOKEN"),
        ({"lift_address_limits": True}, "HEARTH_LIFT_ADDRESS_LIMITS"),
        ({"public_url": "https://192.0.2.7"}, "HEARTH_PUBLIC_URL"),
        ({"processes": 2}, "HEARTH_PROCESSES"),
        ({"mail_url": SecretStr("memory:")}, "HEARTH_MAIL_URL"),
        ({"mail_url": SecretStr("smtps://u:p@mail.example.org")}, "HEARTH_MAIL_FROM"),
        ({"redis_url": "redis://127.0.0.1"}, "HEARTH_REDIS_URL"),
    ],
)
def test_an_unsafe_setting_is_named_with_what_to_do(changed: dict[str, object], named: str) -> None:
    problems = unsafe(production(**changed))
    assert named in {problem.setting for problem in problems}
    assert all(problem.why and problem.do for problem in problems)


@pytest.mark.parametrize("database_url", ["sqlite:///a.db", "postgresql://u:p@h/d"])
def test_several_processes_are_refused_in_development_too(database_url: str) -> None:
    [problem] = unsafe(Settings(processes=2, database_url=database_url))
    assert problem.setting == "HEARTH_PROCESSES"


ORGANISATION = {
    "oidc_issuer": "https://login.example.org/realms/hospital",
    "oidc_client_id": "hearth",
    "oidc_client_secret": SecretStr(GOOD_KEY),
    "oidc_name": "St Brannock’s",
    "oidc_roles": "ward=member, /staff/hosts=host,cn=a=keeper,ward=moderator",
}


def test_an_organisation_that_is_set_up_whole_is_safe_and_its_groups_are_read() -> None:
    settings = production(**ORGANISATION)
    assert unsafe(settings) == []
    assert settings.organisation == "St Brannock’s"
    assert settings.group_roles == {
        "ward": {Role.MEMBER, Role.MODERATOR},
        "/staff/hosts": {Role.HOST},
        "cn=a": {Role.KEEPER},
    }


@pytest.mark.parametrize("left_out", ORGANISATION)
def test_half_an_organisation_stops_the_start_and_names_what_is_missing(left_out: str) -> None:
    half = {name: value for name, value in ORGANISATION.items() if name != left_out}
    [problem] = unsafe(Settings(**half))  # type: ignore[arg-type]
    assert problem.setting == f"HEARTH_{left_out.upper()}"


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"oidc_issuer": "http://login.example.org"}, "HEARTH_OIDC_ISSUER"),
        ({"oidc_client_secret": SecretStr("short")}, "HEARTH_OIDC_CLIENT_SECRET"),
    ],
)
def test_an_organisation_that_others_could_speak_for_stops_a_production_start(
    changed: dict[str, object], named: str
) -> None:
    [problem] = unsafe(production(**ORGANISATION | changed))
    assert problem.setting == named
    assert unsafe(Settings(**ORGANISATION | changed)) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed",
    [
        {"oidc_issuer": "login.example.org"},
        {"oidc_issuer": "https://login.example.org/?realm=x"},
        {"oidc_roles": "ward"},
        {"oidc_roles": "=host"},
        {"oidc_roles": "ward=owner"},
        {"oidc_scopes": "profile groups"},
    ],
)
def test_what_cannot_be_meant_is_refused_where_it_is_read(changed: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings(**changed)  # type: ignore[arg-type]


def test_sqlite_has_no_use_for_redis() -> None:
    [problem] = unsafe(Settings(redis_url="redis://127.0.0.1"))
    assert problem.setting == "HEARTH_REDIS_URL"
    assert "HEARTH_DATABASE_URL" in problem.do
    assert not unsafe(Settings(redis_url="redis://127.0.0.1", database_url="postgresql://u:p@h/d"))


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("redis://127.0.0.1:6379/0", []),
        ("redis://localhost", []),
        ("redis://10.0.0.5:6379", ["HEARTH_REDIS_URL"]),
        ("rediss://redis.example.org", ["HEARTH_REDIS_URL"]),
        ("redis://hearth:secret@10.0.0.5:6379", []),
        ("rediss://:secret@redis.example.org", []),
    ],
)
def test_in_production_a_redis_on_another_machine_needs_a_password(url: str, named: list[str]) -> None:
    problems = unsafe(production(redis_url=url, database_url="postgresql://u:p@h/d"))
    assert [problem.setting for problem in problems] == named


@pytest.mark.parametrize("url", ["localhost:6379", "http://localhost", "redis://"])
def test_an_address_that_is_no_redis_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="redis://user:password@host"):
        Settings(redis_url=url)


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTH_ALLOWED_ORIGINS", "https://a.example, https://b.example:8443,")
    monkeypatch.setenv("HEARTH_TRUSTED_PROXIES", "10.0.0.0/8,::1")
    settings = Settings()
    assert settings.allowed_origins == ("https://a.example", "https://b.example:8443")
    assert settings.trusted_proxies == ("10.0.0.0/8", "::1")


@pytest.mark.parametrize(
    "given",
    [
        {"allowed_origins": ("https://a.example/",)},
        {"allowed_origins": ("https://a.example:443",)},
        {"allowed_origins": ("*",)},
        {"allowed_origins": ("https://*.example",)},
        {"public_url": "talk.example.org"},
        {"public_url": "https://talk.example.org/hearth"},
        {"public_url": "https://talk.example.org:443"},
        {"public_url": "https://talk.example.org:99999"},
        {"trusted_proxies": ("a proxy",)},
        {"database_url": "mysql://h/d"},
        {"drain_s": 60},
        {"port": 70_000},
    ],
)
def test_what_cannot_be_meant_is_not_read(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings(**given)  # type: ignore[arg-type]


def test_an_empty_variable_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTH_DATABASE_URL", "")
    assert Settings(data_dir=Path("/srv/hearth")).database_url == "sqlite:////srv/hearth/hearth.db"


def test_the_database_is_known_by_its_address() -> None:
    assert Settings(data_dir=Path("x")).sqlite_path == Path("x/hearth.db")
    elsewhere = Settings(database_url="postgresql+asyncpg://u:p@h/d")
    assert elsewhere.sqlite_path is None
    assert elsewhere.postgres_url == "postgresql://u:p@h/d"


def test_local_pages_may_connect_in_development() -> None:
    origins = Settings(port=8123).origins
    assert {"http://localhost:8123", "http://127.0.0.1:8123"} <= origins
    assert "http://localhost:8000" not in origins


def test_at_its_usual_port_a_page_is_known_as_its_browser_states_it() -> None:
    assert "http://localhost" in Settings(port=80).origins
    assert "http://localhost:443" in Settings(port=443).origins


def test_only_the_named_pages_may_connect_in_production() -> None:
    assert production().origins == {"https://talk.example.org"}


def test_a_development_key_is_made_once_and_for_this_user_alone(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new")
    assert kept_key(settings) is None
    first = with_key(settings).secret_key.get_secret_value()
    assert len(first) >= 32
    assert with_key(settings).secret_key.get_secret_value() == first == kept_key(settings)
    assert stat.S_IMODE((tmp_path / "new" / KEY_FILE).stat().st_mode) == 0o600


def test_of_two_first_starts_one_makes_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_late(_aside: Path, _place: Path) -> None:
        (tmp_path / KEY_FILE).write_text("made by the other")
        raise FileExistsError

    monkeypatch.setattr("os.link", too_late)
    assert with_key(Settings(data_dir=tmp_path)).secret_key.get_secret_value() == "made by the other"
    assert [file.name for file in tmp_path.iterdir()] == [KEY_FILE]


def test_production_makes_no_key(tmp_path: Path) -> None:
    settings = production(secret_key=SecretStr(""), data_dir=tmp_path)
    assert not with_key(settings).secret_key.get_secret_value()
    assert not list(tmp_path.iterdir())


def test_a_key_that_is_given_is_used(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, secret_key=SecretStr("mine"))
    assert with_key(settings).secret_key.get_secret_value() == "mine"
    assert not list(tmp_path.iterdir())


def test_secrets_are_not_shown_with_the_settings() -> None:
    assert GOOD_KEY not in repr(production())


def test_the_version_is_the_projects() -> None:
    project = Path(__file__).parents[2] / "pyproject.toml"
    assert f'version = "{VERSION}"' in project.read_text()
