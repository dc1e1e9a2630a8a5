"""Every scenario, played through the real path on both databases, and seen by everybody in it."""

import json

import pytest

from rooms.events import PersonEvent, RoomEvent, RoomOpened
from rooms.rights import Role
from server.contractgen.shapes import members, tag
from server.database.ports import Database
from tests.fold import Wire, begin, fold, shown
from tests.player import Played
from tests.scenario import REGULARS, VERBS, Scenario, scenarios
from tests.scenarios_played import PLAYED, as_text, perform, told_to_all

SCENARIOS = scenarios()


@pytest.fixture(params=list(SCENARIOS.values()), ids=list(SCENARIOS))
def scenario(request: pytest.FixtureRequest) -> Scenario:
    """Each scenario there is."""
    found: Scenario = request.param
    return found


def name_of(scenario: Scenario) -> str:
    """The name of a scenario's file."""
    return next(name for name, one in SCENARIOS.items() if one is scenario)


async def test_a_scenario_goes_as_it_is_written(scenario: Scenario, database: Database) -> None:
    """Answers and items are compared as it plays; then what each saw, and what the browser is given to fold."""
    played = await perform(scenario, database)
    for name, after in played.after.items():
        assert_same_view(played, name, after)
    told = told_to_all(name_of(scenario), played)
    kept = (PLAYED / f"{told['name']}.json").read_text(encoding="utf-8")
    # Both databases must give the same; `python -m tests.scenarios_played` writes the files anew.
    assert as_text(told) == kept


def assert_same_view(played: Played, name: str, after: Wire) -> None:
    """What somebody began with and all that came after is what they would see coming in now."""
    viewer = played.viewers[name]
    assert viewer.before is not None
    view = begin(viewer.tab.person, viewer.before)
    for item in viewer.items:
        view = fold(view, item)
    fresh = begin(viewer.tab.person, after)
    assert shown(view) == shown(fresh), f"what {name} sees"
    assert view.unread == after["mine"]["unread"], f"what {name} has not read"


def test_there_are_scenarios_and_each_is_kept_for_the_browser() -> None:
    assert len(SCENARIOS) >= 10
    assert {path.stem for path in PLAYED.glob("*.json")} == set(SCENARIOS)


def test_everything_that_can_be_asked_is_asked_in_some_scenario() -> None:
    asked = {next(iter(step.asks)) for scenario in SCENARIOS.values() for step in (*scenario.before, *scenario.play)}
    assert asked == set(VERBS)


def test_every_event_of_a_room_and_of_a_person_happens_in_some_scenario() -> None:
    told = {
        kind
        for scenario in SCENARIOS.values()
        for step in scenario.play
        for items in (step.all_see, *step.alone.values())
        for item in items
        for kind in item
    }
    # A room's first event has nobody yet who could follow it.
    expected = {tag(kind) for kind in (*members(RoomEvent), *members(PersonEvent)) if kind is not RoomOpened}
    assert expected <= told


def test_each_scenario_is_seen_with_the_eyes_of_every_role() -> None:
    roles = {role for person in REGULARS.values() for role in person.roles}
    assert roles == set(Role) - {Role.MEMBER}
    compared = {
        role
        for path in PLAYED.glob("*.json")
        for viewer in json.loads(path.read_text(encoding="utf-8"))["viewers"]
        for role in viewer["after"]["mine"]["roles"]
    }
    assert compared == {role.value for role in Role}


def test_nothing_is_kept_that_tells_the_time_or_the_ids_of_a_performance() -> None:
    for path in PLAYED.glob("*.json"):
        for viewer in json.loads(path.read_text(encoding="utf-8"))["viewers"]:
            assert viewer["before"]["stream"] == "room:TEA00000000000000000000000"
            assert viewer["after"]["epoch"] == "e0000001"
