"""How often somebody may do something."""

from dataclasses import dataclass

import pytest

from server.contractgen.shapes import UNIONS, members, tag
from server.door.limits import BY_ADDRESS, EVERYWHERE, LIMITS, PATIENCE, Limit, MemoryLimits, address_key
from server.door.limits_memory import KEYS_LIMIT, MonotonicMemory
from tests.server.door.house import Browser, House


@dataclass
class Clock:
    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_each_live_command_has_a_limit_under_its_own_name() -> None:
    named = {tag(kind) for kind in members(UNIONS["LiveCommand"])}
    # To let go of a stream only spares the server work.
    assert set(LIMITS) - set(Limit) == named - {"stream.unfollow"}


@pytest.mark.parametrize("kind", [*LIMITS, "something.new"])
def test_after_the_last_one_allowed_the_wait_is_until_the_first_is_past(kind: str) -> None:
    clock = Clock()
    limits = MemoryLimits(now_s=clock)
    item = LIMITS.get(kind, LIMITS[Limit.COMMAND])
    for _ in range(item.amount):
        assert limits.allow(kind, "rosa") is None
    assert limits.allow(kind, "rosa") == item.get_expiry() * 1000
    assert limits.ahead(kind, "rosa") == item.get_expiry() * 1000
    assert limits.allow(kind, "ben") is None
    clock.now_s += item.get_expiry()
    assert limits.ahead(kind, "rosa") is None
    assert limits.allow(kind, "rosa") is None


def test_looking_ahead_counts_nothing() -> None:
    limits = MemoryLimits(now_s=Clock())
    for _ in range(1000):
        assert limits.ahead("message.post", "rosa") is None


@pytest.mark.parametrize("kind", sorted(BY_ADDRESS))
def test_for_load_tests_nothing_is_counted_by_address(kind: str) -> None:
    limits = MemoryLimits(lift_addresses=True, now_s=Clock())
    assert {limits.allow(kind, "a") for _ in range(5000)} == {None}
    for _ in range(5000):
        limits.wrong("a", code=True)
    assert limits.guessing("a", code=True) is None


def test_guessing_from_everywhere_stops_all_but_those_who_have_not_guessed() -> None:
    limits = MemoryLimits(now_s=Clock())
    for n in range(LIMITS[Limit.WRONG_CODE].amount):
        limits.wrong(f"address {n // PATIENCE}", code=True)
    assert limits.ahead(Limit.WRONG_CODE, EVERYWHERE) is not None
    assert limits.guessing("address 0", code=True) is not None
    assert limits.guessing("address 0", code=False) is None
    assert limits.guessing("an honest one", code=True) is None


def test_a_wrong_link_is_no_guess_at_a_code() -> None:
    limits = MemoryLimits(now_s=Clock())
    for _ in range(LIMITS[Limit.WRONG_TRY].amount):
        limits.wrong("a", code=False)
    assert limits.guessing("a", code=False) is not None
    assert limits.ahead(Limit.WRONG_CODE, EVERYWHERE) is None


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("unknown", "unknown"),
        ("", ""),
    ],
)
def test_a_home_counts_as_one_address(address: str, key: str) -> None:
    assert address_key(address) == key


def test_memory_forgets_windows_that_are_past_when_there_are_too_many() -> None:
    clock = Clock()
    memory = MonotonicMemory(clock)
    for n in range(KEYS_LIMIT):
        memory.acquire_entry(f"key {n}", 1, 10)
    clock.now_s += 11
    assert memory.acquire_entry("one more", 1, 10)
    assert memory.reset() == 1


def test_many_strangers_make_nobody_forget_how_often_an_address_guessed() -> None:
    clock = Clock()
    limits = MemoryLimits(now_s=clock)
    for _ in range(LIMITS[Limit.WRONG_TRY].amount):
        limits.wrong("198.51.100.7", code=False)
    clock.now_s += LIMITS["message.post"].get_expiry() + 1
    for n in range(KEYS_LIMIT - 1):
        limits.allow("message.post", f"person {n}")
    clock.now_s += LIMITS["message.post"].get_expiry() + 1
    limits.allow("message.post", "one more")
    assert limits.guessing("198.51.100.7", code=False) is not None


def test_memory_is_bounded_also_while_nothing_in_it_has_run_out() -> None:
    clock = Clock()
    memory = MonotonicMemory(clock)
    for n in range(KEYS_LIMIT + 1_000):
        memory.acquire_entry(f"key {n}", 5, 600)
    assert len(memory._windows) <= KEYS_LIMIT
    # Those that were touched last are still counted.
    assert memory.get_moving_window(f"key {KEYS_LIMIT + 999}", 5, 600)[1] == 1


def test_memory_is_a_whole_storage_for_moving_windows_only() -> None:
    memory = MonotonicMemory(Clock())
    assert memory.check()
    assert memory.acquire_entry("a", 1, 10)
    memory.clear("a")
    assert memory.get_moving_window("a", 1, 10) == (1000.0, 0)
    for unused in (lambda: memory.incr("a", 1), lambda: memory.get("a"), lambda: memory.get_expiry("a")):
        with pytest.raises(NotImplementedError):
            unused()


async def test_a_session_that_asks_without_end_is_slowed(house: House, keeper: Browser) -> None:
    for _ in range(LIMITS[Limit.ASK].amount - 1):
        house.hearth.door.limits.allow(Limit.ASK, (await house.rows("SELECT id FROM session"))[0][0])
    assert (await keeper.get("/api/me")).status_code == 200
    slowed = await keeper.get("/api/me")
    assert (slowed.status_code, slowed.json()["code"]) == (429, "too_fast")
    assert 0 < slowed.json()["retry_ms"] <= 60_000
    assert int(slowed.headers["retry-after"]) * 1000 >= slowed.json()["retry_ms"]


async def test_a_person_who_changes_things_without_end_is_slowed_and_can_still_read(
    house: House, keeper: Browser
) -> None:
    while house.hearth.door.limits.allow(Limit.CHANGE, keeper.person) is None:
        pass
    slowed = await keeper.post("/api/communities/eyes/accept")
    assert (slowed.status_code, slowed.json()["code"]) == (429, "too_fast")
    assert (await keeper.get("/api/communities/eyes")).status_code == 200


async def test_new_sessions_from_one_address_have_an_end(house: House, keeper: Browser) -> None:
    secret = (await house.invite(keeper))["secret"]
    while house.hearth.door.limits.allow(Limit.NEW_SESSION, "198.51.100.7") is None:
        pass
    answer = await house.browser().post("/api/join", {"secret": secret, "name": "Rosa"})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_fast")
    elsewhere = await house.browser(address="203.0.113.9").post("/api/join", {"secret": secret, "name": "Rosa"})
    assert elsewhere.status_code == 200
