"""Transcripts said again to a real server: every line once and in order, whatever happens to the server meanwhile."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.house import House, Place
from tests.server.processes import Process, hearth, started

# Long pauses would only be waited for; the shortest leave the server time to be killed in the middle.
PAUSE_S = "0.02"

TALK = [
    ("Ada", "Has anybody seen the new sign by the lifts?"),
    ("Ben", "I have. It points at a cupboard."),
    ("Ada", "Then I did not imagine it."),
    ("Cleo\x07", "The cupboard is very well signposted now."),
    ("ben", "We should put a chair in there."),
]


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def mortal(tmp_path: Path) -> AsyncIterator[House]:
    """A server that a test may end."""
    house = await House(tmp_path / "data").open()
    yield house
    await house.close()


def transcript(folder: Path, lines: list[tuple[str, str]]) -> Path:
    """A transcript with stamps cut to the minute, four lines to each."""
    rows = [
        json.dumps({"id": str(n), "author": author, "text": text, "ts": n // 4 * 60})
        for n, (author, text) in enumerate(lines)
    ]
    file = folder / "talk.jsonl"
    file.write_text("\n".join(rows))
    return file


def numbered(count: int) -> list[tuple[str, str]]:
    """Talk of so many different lines."""
    return [(TALK[n % 5][0], f"{TALK[n % 5][1]} ({n})") for n in range(count)]


@contextmanager
def replaying(house: House, file: Path, place: Place, *words: str) -> Iterator[Process]:
    """A replay that goes on during the block."""
    asked = ["replay", str(file), "--room", place.slug, "--speed", "20", "--max-pause", PAUSE_S, "--json", *words]
    with started(house.folder, *asked, HEARTH_PORT=str(house.port), **house_key(house)) as process:
        yield process


def house_key(house: House) -> dict[str, str]:
    """The key that the server was given, when it was given one."""
    return {name: value for name, value in house._settings.items() if name == "HEARTH_SECRET_KEY"}


async def reported(process: Process) -> dict[str, Any]:
    """What a replay that kept every line reports."""
    line = await asyncio.to_thread(process.line, '{"lines"')
    report: dict[str, Any] = json.loads(line)
    assert await asyncio.to_thread(process.process.wait, 60) == 0, report
    return report


async def replayed(house: House, file: Path, place: Place, *words: str) -> dict[str, Any]:
    """The report of a replay that ran to its end by itself."""
    with replaying(house, file, place, *words) as process:
        return await reported(process)


async def texts(house: House, place: Place) -> list[str]:
    """What stands in a room, in its order."""
    return [message["text"] for message in await house.said(place)]


async def said_so_many(house: House, place: Place, count: int) -> None:
    """Wait until so many lines have been said."""
    async with asyncio.timeout(60):
        while len(await house.said(place)) < count:  # noqa: ASYNC110 - what is waited for is another process's
            await asyncio.sleep(0.05)


async def test_every_line_is_said_once_and_in_order(house: House, tmp_path: Path) -> None:
    place = await house.room()
    report = await replayed(house, transcript(tmp_path, TALK * 4), place)
    assert (report["sent"], report["acknowledged"], report["voices"]) == (20, 20, 4)
    assert not any(report[what] for what in ("held", "refused", "lost", "doubled", "moved", "altered", "unanswered"))
    assert 0 < report["p50_ms"] <= report["p99_ms"] <= report["max_ms"]
    assert await texts(house, place) == [text for _, text in TALK * 4]
    names = [message["author"]["name"] for message in await house.said(place)]
    assert names == ["Ada", "Ben", "Ada", "Cleo", "ben 2"] * 4


async def test_a_killed_server_that_is_started_again_has_lost_nothing(mortal: House, tmp_path: Path) -> None:
    place = await mortal.room()
    lines = numbered(60)
    with replaying(mortal, transcript(tmp_path, lines), place) as process:
        await said_so_many(mortal, place, 15)
        mortal.kill()
        await asyncio.to_thread(mortal.start)
        report = await reported(process)
    assert report["acknowledged"] == 60
    assert report["reconnected"] >= 4
    # The numbering lives on, so nobody has to begin anew.
    assert (report["resumed"], report["snapshots"]) == (report["reconnected"], 0)
    assert await texts(mortal, place) == [text for _, text in lines]


async def test_after_a_restore_into_an_empty_folder_everybody_begins_anew(tmp_path: Path) -> None:
    key = {"HEARTH_SECRET_KEY": "one key that both servers have, long enough"}
    before, after = House(tmp_path / "before", **key), House(tmp_path / "after", **key)
    after.port, after.address = before.port, before.address
    await before.open()
    place = await before.room()
    lines = numbered(60)
    with replaying(before, transcript(tmp_path, lines), place) as process:
        await said_so_many(before, place, 15)
        before.kill()
        file = str(tmp_path / "all.backup")
        assert hearth(before.folder, "backup", file, **key).returncode == 0
        restored = hearth(after.folder, "restore", file, **key)
        assert restored.returncode == 0, restored.stderr
        await asyncio.to_thread(after.start)
        report = await reported(process)
    assert (report["acknowledged"], report["resumed"]) == (60, 0)
    assert report["snapshots"] == report["reconnected"] >= 4
    after.keeper = before.keeper
    assert await texts(before, place) == [text for _, text in lines]
    await before.close()
    await after.close()


async def test_they_come_in_by_an_invitation_and_give_way_to_names_that_are_taken(house: House, tmp_path: Path) -> None:
    place = await house.room(visibility="invited")
    link = await house.invite(room=place.room)
    file = transcript(tmp_path, [("Kirsten", "I am not the keeper."), ("Imogen", "And I am not you.")])
    await replayed(house, file, place, "--url", house.address, "--invite", house.address + link["path"])
    names = [message["author"]["name"] for message in await house.said(place)]
    assert names == ["Kirsten 2", "Imogen"]


async def test_they_come_in_with_sessions_minted_before(house: House, tmp_path: Path) -> None:
    place = await house.room()
    sessions = tmp_path / "sessions.jsonl"
    sessions.write_text(house.command("people", "mint", "--room", place.slug, "--count", "4"))
    report = await replayed(house, transcript(tmp_path, TALK), place, "--sessions", str(sessions))
    assert (report["acknowledged"], report["voices"]) == (5, 4)
    names = {message["author"]["name"] for message in await house.said(place)}
    assert all(name.startswith("Guest ") for name in names)


async def test_turns_beyond_the_limit_are_split_at_sentences(house: House, tmp_path: Path) -> None:
    place = await house.room()
    sentence = "This goes on for longer than anybody has breath. "
    report = await replayed(house, transcript(tmp_path, [("Ada", sentence * 100), ("Ben", "Goodness.")]), place)
    assert report["lines"] == report["acknowledged"] == 3
    first, second, _ = await texts(house, place)
    assert first.endswith("breath.")
    assert f"{first} {second}" == (sentence * 100).strip()


async def test_a_refused_line_is_reported_and_is_no_loss(house: House, tmp_path: Path) -> None:
    place = await house.room()
    report = await replayed(house, transcript(tmp_path, [("Ada", "\x00"), ("Ada", "  "), ("Ada", "Better.")]), place)
    assert (report["acknowledged"], report["refused"]) == (1, 2)
    assert report["refusals"] == {"control_characters": 1, "empty": 1}
    assert await texts(house, place) == ["Better."]


async def test_a_server_that_stays_away_is_waited_for_only_so_long(mortal: House, tmp_path: Path) -> None:
    place = await mortal.room()
    file = transcript(tmp_path, numbered(200))
    with replaying(mortal, file, place, "--patience", "3") as process:
        await said_so_many(mortal, place, 5)
        mortal.kill()
        await asyncio.to_thread(process.line, "No answer for 3 s.")
        assert await asyncio.to_thread(process.process.wait, 60) == 1


async def test_what_cannot_be_is_told_in_words(mortal: House, tmp_path: Path) -> None:
    mortal.stop()
    file = str(transcript(tmp_path, TALK))
    told = {
        ("--room", "nowhere"): "There is no room nowhere.",
        ("--room", "tea-table", "--community", "elsewhere"): "There is no room tea-table in elsewhere.",
        ("--room", "tea-table", "--invite", "nothing-that-opens"): "does not answer",
        ("--room", "tea-table", "--patience", "1"): "did not let everybody in within 1 s.",
    }
    for words, says in told.items():
        said = hearth(mortal.folder, "replay", file, *words, HEARTH_PORT=str(mortal.port))
        assert said.returncode == 1
        assert says in said.stderr


async def test_an_invitation_that_opens_nothing_is_told(house: House, tmp_path: Path) -> None:
    place = await house.room()
    said = hearth(
        house.folder, "replay", str(transcript(tmp_path, TALK)), "--room", place.slug, "--invite", "Z" * 32,
        HEARTH_PORT=str(house.port),
    )  # fmt: skip
    assert said.returncode == 1
    assert "The invitation lets nobody in: invitation_unknown." in said.stderr


async def test_sessions_that_are_too_few_or_none_are_told(house: House, tmp_path: Path) -> None:
    place = await house.room()
    sessions = tmp_path / "sessions.jsonl"
    sessions.write_text(house.command("people", "mint", "--room", place.slug, "--count", "1"))
    said = hearth(
        house.folder, "replay", str(transcript(tmp_path, TALK)), "--room", place.slug, "--sessions", str(sessions)
    )
    assert (said.returncode, said.stderr.strip()) == (1, "There are 1 sessions, and 4 people speak.")
    sessions.write_text("not what mint prints")
    said = hearth(
        house.folder, "replay", str(transcript(tmp_path, TALK)), "--room", place.slug, "--sessions", str(sessions)
    )
    assert said.returncode == 1
    assert "These are not the lines" in said.stderr


async def test_a_file_that_is_no_transcript_is_told(tmp_path: Path) -> None:
    file = tmp_path / "talk.jsonl"
    file.write_text("{}")
    said = hearth(tmp_path / "data", "replay", str(file), "--room", "tea-table")
    assert said.returncode == 1
    assert "is not a transcript: row 1" in said.stderr
