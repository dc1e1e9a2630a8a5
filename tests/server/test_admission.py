"""When too many come in one second, some are told when to try again, and those who are in notice nothing."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from server import admission, at_once
from server.admission import LONGEST_S, Admission, retry_after_s
from tests.server.live import LiveHouse, gathered


@pytest.fixture
async def house(tmp_path: Path, sqlite_template: bytes) -> AsyncIterator[LiveHouse]:
    """Ada, Ben and Cleo are members; everybody may be in "tea"."""
    async with gathered(tmp_path, sqlite_template) as house:
        yield house


async def test_over_the_rate_one_is_told_when_to_try_again_and_is_let_in_then(
    house: LiveHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await house.line("Ada")
    monkeypatch.setattr(house.hearth.sockets, "_admission", Admission(1))
    await house.line("Ben")
    with pytest.raises(InvalidStatus) as denied:
        await house.line("Cleo")
    assert denied.value.response.status_code == 503
    assert 1 <= int(denied.value.response.headers["Retry-After"]) <= 1 + LONGEST_S
    assert (await ada.post(house.world.rooms["tea"], "still here"))["t"] == "receipt"
    while True:
        try:
            await house.line("Cleo")
        except InvalidStatus:
            continue
        break
    assert house.sockets_of("Cleo") == 1


async def test_strangers_and_the_tabs_of_one_member_take_nobodys_place(
    house: LiveHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_once, "AT_ONCE_LIMIT", 1)
    token = await house.token("Ada")
    await house.line("Ada", token=token)
    # One place, however long that takes.
    monkeypatch.setattr(admission, "monotonic_ms", lambda: 0)
    monkeypatch.setattr(house.hearth.sockets, "_admission", Admission(1))
    for refused in ("no such session", token):
        with pytest.raises(InvalidStatus) as denied:
            await house.line("Ada", token=refused)
        assert denied.value.response.status_code in {401, 429}
    await house.line("Ben")
    # The place was only one, and whoever did not get it has not lost one of their tabs.
    token = await house.token("Cleo")
    with pytest.raises(InvalidStatus) as denied:
        await house.line("Cleo", token=token)
    assert denied.value.response.status_code == 503
    monkeypatch.setattr(house.hearth.sockets, "_admission", Admission(10))
    await house.line("Cleo", token=token)


def test_the_more_are_here_the_longer_those_who_wait_are_spread_and_no_longer_than_ten_seconds() -> None:
    waits = {sockets: {retry_after_s(sockets) for _ in range(500)} for sockets in (0, 2_500, 50_000)}
    assert waits[0] == {1}
    assert max(waits[2_500]) == 6
    assert (min(waits[50_000]), max(waits[50_000])) == (1, 11)
