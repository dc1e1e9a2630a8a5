"""Scenarios as they went, for the browser's reducer: what each person was sent, with ids and times made up anew.

`python -m tests.scenarios_played` writes them to `tests/scenarios/played/`.
"""

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from server.database import migrate
from server.database.ports import Database
from tests.conftest import opened
from tests.player import Played, Player
from tests.scenario import FOLDER, Scenario, scenarios
from tests.world import streams_on, world_on

PLAYED = FOLDER / "played"
BASE_MS = 1_764_140_400_000
MINUTE_MS = 60_000
TIMES = ("at_ms", "edited_ms")


async def perform(scenario: Scenario, database: Database) -> Played:
    """One performance on an empty database."""
    async with streams_on(database) as streams:
        return await Player(scenario, await world_on(database), streams).play()


def told_to_all(name: str, played: Played) -> dict[str, Any]:
    """What is written down of a performance: the same every time, on every database."""
    viewers = [
        {"person": viewer.name, "before": viewer.before, "items": viewer.items, "after": played.after[viewer.name]}
        for viewer in played.viewers.values()
        if viewer.name in played.after
    ]
    times = {time: BASE_MS + n * MINUTE_MS for n, time in enumerate(sorted(set(_times(viewers))), start=1)}
    anew = _Anew(played.names, times)
    return {"name": name, "viewers": [anew(viewer) for viewer in viewers]}


def _times(value: Any) -> list[int]:
    match value:
        case dict():
            mine = [value[name] for name in TIMES if name in value]
            return mine + [time for one in value.values() for time in _times(one)]
        case list():
            return [time for one in value for time in _times(one)]
    return []


class _Anew:
    """Gives ids that can be read, and round times."""

    def __init__(self, names: dict[str, str], times: dict[int, int]) -> None:
        self._ids = {id_: made_up_id(name) for id_, name in names.items()}
        assert len(set(self._ids.values())) == len(self._ids), "names that are too much alike"
        self._times = times

    def __call__(self, value: Any, key: str = "") -> Any:
        """The value with its ids and times made up anew, and what has no order in one."""
        match value:
            case dict():
                return {self._ids.get(name, name): self(one, name) for name, one in value.items()}
            case list():
                made = [self(one, key) for one in value]
                return sorted(made) if key == "own" else made
            case str() if key == "epoch":
                return "e0000001"
            case str():
                return self._string(value)
            case int() if key in TIMES:
                return self._times[value]
            case int() if key == "ref":
                return 1
        return value

    def _string(self, value: str) -> str:
        kind, colon, owner = value.partition(":")
        if colon and owner in self._ids:
            return f"{kind}:{self._ids[owner]}"
        return self._ids.get(value, value)


def made_up_id(name: str) -> str:
    """An id that can be read: of 26 capitals and digits, like all."""
    letters = "".join(sign for sign in name.upper() if sign.isalnum())
    return letters.ljust(26, "0")


def as_text(told: dict[str, Any]) -> str:
    """As it is kept in a file: a line for each thing that somebody was sent, so that changes can be read."""
    viewers = ",\n".join(map(_viewer, told["viewers"]))
    return f'{{"name": {_line(told["name"])}, "viewers": [\n{viewers}\n]}}\n'


def _viewer(viewer: dict[str, Any]) -> str:
    items = ",\n".join(map(_line, viewer["items"]))
    person, before, after = (_line(viewer[part]) for part in ("person", "before", "after"))
    return f'{{"person": {person},\n"before": {before},\n"items": [\n{items}\n],\n"after": {after}}}'


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


async def _write_all() -> int:
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template.db"
        migrate.upgrade(f"sqlite:///{template}")
        for name, scenario in scenarios().items():
            path = Path(folder) / f"{name}.db"
            path.write_bytes(template.read_bytes())
            async with opened(f"sqlite:///{path}") as database:
                played = await perform(scenario, database)
            (PLAYED / f"{name}.json").write_text(as_text(told_to_all(name, played)), encoding="utf-8")
    return len(scenarios())


def main() -> None:
    """Play every scenario and write down how it went; what has no scenario any more is thrown away."""
    PLAYED.mkdir(exist_ok=True)
    for old in PLAYED.glob("*.json"):
        if old.stem not in scenarios():
            old.unlink()
    sys.stdout.write(f"{asyncio.run(_write_all())} scenarios played\n")


if __name__ == "__main__":
    main()
