"""The command line, as people run it."""

import re
import signal
import socket
import sqlite3
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import httpx2
import psycopg
import pytest

from tests.conftest import fresh_postgres
from tests.server.processes import PATIENCE_S, hearth, served, started

SAFE = {
    "HEARTH_ENV": "production",
    "HEARTH_PUBLIC_URL": "https://talk.example.org",
    "HEARTH_ALLOWED_ORIGINS": "https://talk.example.org",
    "HEARTH_TRUSTED_PROXIES": "127.0.0.1",
    "HEARTH_SECRET_KEY": "vTq0rWm3Zb8yKx5LcNd7PfHs2JgUe9Aa",
}
SECRET = {"HEARTH_SECRET_KEY": SAFE["HEARTH_SECRET_KEY"]}
CLAIM = {
    "your_name": "Rosa",
    "community_name": "Through My Eyes",
    "slug": "eyes",
    "purpose": "To see a visit through the eyes of the one who visits",
    "values": ["kindness"],
    "runs_it": "St Brannock",
    "contact": "the desk",
}


def claim(address: str, link: str) -> None:
    body = CLAIM | {"secret": link.rpartition("/")[2]}
    answer = httpx2.post(f"{address}/api/claim", json=body, headers={"origin": address, "x-hearth": "1"})
    assert answer.status_code == 200, answer.text


# Serving -----------------------------------------------------------------------------------------------------------


def test_a_first_start_says_where_it_is_and_how_to_claim_it(tmp_path: Path) -> None:
    with served(tmp_path / "new") as (server, address):
        link = server.line("Claim it, once:").split()[-1]
        assert link.startswith(f"{address}/claim/")
        assert httpx2.get(f"{address}/readyz").json() == {"ready": True}
        claim(address, link)
        assert server.stop() == 0
    with served(tmp_path / "new") as (server, address):
        assert httpx2.get(f"{address}/readyz").json() == {"ready": True}
        assert server.stop() == 0
        assert not any("Claim it" in line for line in server.said)


@pytest.mark.parametrize("left_out", sorted(SAFE.keys() - {"HEARTH_ENV"}))
def test_an_unsafe_production_start_stops_and_names_the_setting(tmp_path: Path, left_out: str) -> None:
    given = {name: value for name, value in SAFE.items() if name != left_out}
    ended = hearth(tmp_path, "serve", **given)
    assert ended.returncode == 1
    assert left_out in ended.stderr
    assert not (tmp_path / "hearth.db").exists()


def test_a_safe_production_start_serves(tmp_path: Path) -> None:
    with started(tmp_path, "serve", "--port", "0", **SAFE) as server:
        assert server.line("Hearth is at").endswith("https://talk.example.org")
        assert server.stop() == 0


def test_a_setting_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    ended = hearth(tmp_path, "serve", HEARTH_PORT="eighty", HEARTH_ALLOWED_ORIGINS="talk.example.org")
    assert ended.returncode == 1
    named = {line.split(":")[0].strip() for line in ended.stderr.splitlines()[1:]}
    # And no other: a setting whose default could not be made from these is not at fault.
    assert named == {"HEARTH_PORT", "HEARTH_ALLOWED_ORIGINS"}


def test_redis_beside_sqlite_is_refused_by_name(tmp_path: Path) -> None:
    ended = hearth(tmp_path, HEARTH_REDIS_URL="redis://127.0.0.1:6379")
    assert ended.returncode == 1
    assert "HEARTH_REDIS_URL" in ended.stderr
    assert "HEARTH_DATABASE_URL" in ended.stderr


def test_a_port_that_is_taken_is_said_plainly(tmp_path: Path) -> None:
    with served(tmp_path / "one") as (_, address):
        port = address.rpartition(":")[2]
        ended = hearth(tmp_path / "other", "--port", port)
    assert ended.returncode == 1
    assert port in ended.stderr
    assert "Traceback" not in ended.stderr


def test_on_sqlite_a_second_process_is_refused_and_looking_is_not(tmp_path: Path) -> None:
    with served(tmp_path) as (server, _):
        for words in (["serve", "--port", "0"], ["migrate"], ["restore", __file__]):
            ended = hearth(tmp_path, *words)
            assert ended.returncode == 1, words
            assert f"process {server.process.pid}" in ended.stderr
            assert "SQLite takes one process" in ended.stderr
        assert hearth(tmp_path, "doctor").returncode == 0
        assert hearth(tmp_path, "backup", str(tmp_path / "a.backup")).returncode == 0


def test_a_killed_server_leaves_no_lock_behind(tmp_path: Path) -> None:
    with served(tmp_path) as (server, _):
        server.process.kill()
        server.process.wait()
    with served(tmp_path) as (server, _):
        assert server.stop() == 0


def test_a_node_that_was_frozen_changes_nothing_for_who_has_gone_meanwhile(tmp_path: Path) -> None:
    with served(tmp_path) as (server, address):
        secret = server.line("Nobody keeps it yet").rpartition("/")[2]
        headers = {"origin": address, "x-hearth": "1"}
        with httpx2.Client(base_url=address, headers=headers, trust_env=False) as rosa:
            assert rosa.post("/api/claim", json=CLAIM | {"secret": secret}).status_code == 200
            [cookie] = [f"{name}={value}" for name, value in rosa.cookies.items()]
            server.process.send_signal(signal.SIGSTOP)
            head = (
                f"POST /api/sign-out HTTP/1.1\r\nHost: {urlsplit(address).netloc}\r\nOrigin: {address}\r\n"
                f"X-Hearth: 1\r\nCookie: {cookie}\r\nContent-Length: 0\r\n\r\n"
            )
            with socket.create_connection(("127.0.0.1", urlsplit(address).port or 0)) as impatient:
                impatient.sendall(head.encode())
            server.process.send_signal(signal.SIGCONT)
            seen = re.compile(r'hearth_requests_total\{route="sign_out",status="\d+"\} 1\.0')
            end = monotonic() + PATIENCE_S
            while not seen.search(rosa.get("/metrics").text):
                assert monotonic() < end
            assert rosa.get("/api/me").json()["person"] is not None


# Migrating and working ---------------------------------------------------------------------------------------------


def test_migrating_twice_does_it_once(tmp_path: Path) -> None:
    for _ in range(2):
        ended = hearth(tmp_path, "migrate")
        assert ended.returncode == 0, ended.stderr
    assert hearth(tmp_path, "doctor").returncode == 0


@pytest.mark.postgres
def test_on_postgresql_a_start_waits_for_the_migration(tmp_path: Path, postgres_url: str) -> None:
    with fresh_postgres(postgres_url) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        for command in ("serve", "worker"):
            ended = hearth(tmp_path, command, HEARTH_DATABASE_URL=url)
            assert ended.returncode == 1
            assert "hearth migrate" in ended.stderr
        assert hearth(tmp_path, "migrate", HEARTH_DATABASE_URL=url).returncode == 0
        with served(tmp_path, HEARTH_DATABASE_URL=url) as (server, _):
            assert server.stop() == 0


@pytest.mark.parametrize("command", ["migrate", "backup", "restore pyproject.toml", "people link --name Ada"])
def test_a_database_that_is_away_is_said_plainly(tmp_path: Path, command: str) -> None:
    away = "postgresql://hearth:hush@127.0.0.1:9/hearth"
    given = {"HEARTH_DATABASE_URL": away, "HEARTH_SECRET_KEY": SAFE["HEARTH_SECRET_KEY"]}
    ended = hearth(tmp_path, *command.split(), **given)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "hush" not in ended.stderr
    assert "Connection refused" in ended.stderr


@pytest.mark.postgres
def test_a_server_started_before_its_database_lives_and_waits_for_it(tmp_path: Path, postgres_url: str) -> None:
    with fresh_postgres(postgres_url) as url, psycopg.connect(postgres_url, autocommit=True) as connection:
        name = urlsplit(url).path.removeprefix("/")
        connection.execute(f"ALTER DATABASE {name} RENAME TO {name}_away")
        with served(tmp_path, HEARTH_DATABASE_URL=url) as (server, address):
            assert any("The database does not answer" in line for line in server.said)
            assert httpx2.get(f"{address}/healthz").status_code == 200
            unready = httpx2.get(f"{address}/readyz")
            assert (unready.status_code, unready.json()["missing"]) == (503, "database")
            connection.execute(f"ALTER DATABASE {name}_away RENAME TO {name}")
            assert "/claim/" in server.line("Nobody keeps it yet")
            assert httpx2.get(f"{address}/readyz").status_code == 200
            assert server.stop() == 0


@pytest.mark.postgres
def test_a_worker_started_before_its_database_waits_for_it(tmp_path: Path) -> None:
    away = "postgresql://hearth:hush@127.0.0.1:9/hearth"
    with started(tmp_path, "worker", HEARTH_DATABASE_URL=away, **SECRET) as worker:
        worker.line("The database does not answer")
        worker.line("The worker is at work")
        assert worker.stop() == 0
        assert not any("hush" in line for line in worker.said)


def test_the_doctor_says_once_that_the_database_is_away(tmp_path: Path) -> None:
    ended = hearth(tmp_path, "doctor", HEARTH_DATABASE_URL="postgresql://hearth:hush@127.0.0.1:9/hearth")
    assert ended.returncode == 1
    assert ended.stdout.startswith("NOT OK  database: It does not answer.")
    assert ended.stderr == ""


def test_help_calls_the_program_what_people_type(tmp_path: Path) -> None:
    assert hearth(tmp_path, "people", "--help").stdout.lstrip().startswith("Usage: hearth people ")


def test_on_sqlite_the_worker_only_waits_to_be_stopped(tmp_path: Path) -> None:
    with started(tmp_path, "worker") as worker:
        worker.line("the server does the worker's duties itself")
        assert worker.process.poll() is None
        assert worker.stop() == 0


@pytest.mark.postgres
def test_on_postgresql_the_worker_does_what_is_due(tmp_path: Path, postgres_url: str) -> None:
    with (
        fresh_postgres(postgres_url) as url,
        started(tmp_path, "worker", HEARTH_DATABASE_URL=url, HEARTH_LOG_FORMAT="json") as worker,
    ):
        worker.line("The worker is at work.")
        worker.line('"job": "erase_replaced_words"')
        assert worker.stop() == 0


# People ------------------------------------------------------------------------------------------------------------


def test_a_link_lets_someone_in_who_lost_every_device(tmp_path: Path) -> None:
    with served(tmp_path) as (server, address):
        claim(address, server.line("Claim it, once:").split()[-1])
        ended = hearth(tmp_path, "people", "link", "--name", "rosa", HEARTH_PUBLIC_URL=address)
        assert ended.returncode == 0, ended.stderr
        link = ended.stdout.strip()
        assert link.startswith(f"{address}/in/")
        secret = {"secret": link.rpartition("/")[2]}
        headers = {"origin": address, "x-hearth": "1"}
        assert httpx2.post(f"{address}/api/sign-in", json=secret, headers=headers).status_code == 200
        assert httpx2.post(f"{address}/api/sign-in", json=secret, headers=headers).status_code >= 400


def test_a_link_for_nobody_is_refused(tmp_path: Path) -> None:
    assert hearth(tmp_path, "migrate").returncode == 0
    unknown = hearth(tmp_path, "people", "link", "--name", "Nobody")
    assert unknown.returncode == 1
    assert "Nobody" in unknown.stderr
    assert hearth(tmp_path, "people", "link").returncode == 2


def test_of_two_people_with_one_name_the_operator_chooses(tmp_path: Path) -> None:
    assert hearth(tmp_path, "migrate").returncode == 0
    with sqlite3.connect(tmp_path / "hearth.db") as connection:
        for number in "12":
            connection.execute("INSERT INTO person (id, made_ms) VALUES (?, 1)", (number * 26,))
            connection.execute(
                "INSERT INTO community (id, slug, name, purpose, vows, commitments, standings, runs_it, contact,"
                " kept_days, made_ms) VALUES (?, ?, 'x', 'x', '[]', '[]', '[]', 'x', 'x', 365, 1)",
                (number, f"c{number}"),
            )
            connection.execute(
                "INSERT INTO member (community, person, name, name_key, joined_ms) VALUES (?, ?, 'Ada', 'ada', 1)",
                (number, number * 26),
            )
    connection.close()
    ended = hearth(tmp_path, "people", "link", "--name", "Ada")
    assert ended.returncode == 1
    assert f"--person {'1' * 26}" in ended.stderr
    assert hearth(tmp_path, "people", "link", "--person", "1" * 26).returncode == 0


# Backups -----------------------------------------------------------------------------------------------------------


def test_a_backup_comes_back_in_an_empty_folder(tmp_path: Path) -> None:
    old, new, file = tmp_path / "old", tmp_path / "new", str(tmp_path / "a.backup")
    with served(old) as (server, address):
        claim(address, server.line("Claim it, once:").split()[-1])
        made = hearth(old, "backup", file)
        assert made.returncode == 0, made.stderr
        assert "HEARTH_SECRET_KEY" in made.stdout
    without_key = hearth(new, "restore", file)
    assert without_key.returncode == 1
    assert "HEARTH_SECRET_KEY" in without_key.stderr
    key = (old / "secret_key").read_text()
    assert hearth(new, "restore", file, HEARTH_SECRET_KEY=key).returncode == 0
    with served(new, HEARTH_SECRET_KEY=key) as (server, _):
        assert server.stop() == 0
        assert not any("Claim it" in line for line in server.said)


def test_a_restore_over_people_has_to_be_meant(tmp_path: Path) -> None:
    file = str(tmp_path / "a.backup")
    with served(tmp_path) as (server, address):
        claim(address, server.line("Claim it, once:").split()[-1])
        assert hearth(tmp_path, "backup", file).returncode == 0
        assert server.stop() == 0
    refused = hearth(tmp_path, "restore", file)
    assert refused.returncode == 1
    assert "--replace" in refused.stderr
    meant = hearth(tmp_path, "restore", file, "--replace")
    assert meant.returncode == 0, meant.stderr


def test_a_restore_takes_the_place_of_a_damaged_file(tmp_path: Path) -> None:
    file = str(tmp_path / "a.backup")
    with served(tmp_path) as (server, address):
        claim(address, server.line("Claim it, once:").split()[-1])
        assert hearth(tmp_path, "backup", file).returncode == 0
        assert server.stop() == 0
    (tmp_path / "hearth.db").write_bytes(b"SQLite format 3\x00" + b"\xff" * 50_000)
    assert hearth(tmp_path, "doctor").returncode == 1
    meant = hearth(tmp_path, "restore", file, "--replace")
    assert meant.returncode == 0, meant.stderr
    assert "--erased" in meant.stderr
    assert hearth(tmp_path, "doctor").returncode == 0


def test_a_file_that_is_no_backup_is_refused(tmp_path: Path) -> None:
    ended = hearth(tmp_path, "restore", __file__, HEARTH_SECRET_KEY=SAFE["HEARTH_SECRET_KEY"])
    assert ended.returncode == 1
    assert "Nothing has changed" in ended.stderr
    assert not (tmp_path / "hearth.db").exists()


def test_a_backup_overwrites_nothing(tmp_path: Path) -> None:
    with served(tmp_path) as (server, _):
        assert server.stop() == 0
    taken = tmp_path / "holiday.jpg"
    taken.write_text("a picture")
    ended = hearth(tmp_path, "backup", str(taken))
    assert ended.returncode == 1
    assert taken.read_text() == "a picture"


def test_without_a_name_a_backup_is_dated(tmp_path: Path) -> None:
    with served(tmp_path) as (server, _):
        assert server.stop() == 0
    assert hearth(tmp_path, "backup").returncode == 0
    [file] = (tmp_path / "backups").iterdir()
    assert file.name.startswith("hearth-")


def test_without_a_database_there_is_no_backup_and_none_is_made(tmp_path: Path) -> None:
    assert hearth(tmp_path, "backup", str(tmp_path / "x")).returncode == 1
    assert hearth(tmp_path, "doctor").returncode == 1
    assert not list(tmp_path.iterdir())
