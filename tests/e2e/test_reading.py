"""Reading in long rooms: what is read stays where it is, and the page stays light and quick."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, Route, expect

from rooms.commands import PostMessage
from rooms.ids import PersonId
from server.voice import Voice, new_nonce
from tests.conftest import opened
from tests.e2e.conftest import Opens
from tests.e2e.house import Guest, House, Place
from tests.e2e.visitor import Visitor
from tests.world import say, streams_on

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LONG, VERY_LONG = 500, 10_000
# So much may a row move and still be where it was.
STILL_PX = 2.0
# A page of a hundred rows with all that belongs to them.
NODES_AT_MOST = 6_000
ROWS_AT_MOST = 200
BURST_S, BURST_PER_S, TALKERS = 5, 50, 10
# A bound on turning the wheel.
WAIT_S = 60

WORDS = [
    "it",
    "is",
    "easier",
    "when",
    "somebody",
    "says",
    "how",
    "long",
    "and",
    "why",
    "and",
    "what",
    "to",
    "do",
    "then",
]

_FIRST_READ = """() => {
  const line = document.querySelector('.bar').getBoundingClientRect().bottom;
  return [...document.querySelectorAll('.rows > li[data-key]')]
    .find(row => row.querySelector('article') !== null && row.getBoundingClientRect().bottom > line).dataset.key;
}"""
# Looks at a row in every frame: nothing may jump and jump back.
_WATCH = """key => {
  window.tops = [];
  const look = () => {
    const row = document.querySelector(`.rows > li[data-key="${key}"]`);
    window.tops.push(row === null ? null : row.getBoundingClientRect().top);
    window.looking = requestAnimationFrame(look);
  };
  look();
}"""
_SEEN = "() => (cancelAnimationFrame(window.looking), window.tops)"


class Long:
    """A house with a long and a very long room, and people who can go on talking in them."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.long: Place
        self.very_long: Place
        self.first: dict[str, str] = {}
        self.talkers: list[Guest] = []

    async def build(self) -> "Long":
        """Make the rooms, and fill them while nobody is there."""
        self.long, self.very_long = await self.house.room("Five hundred"), await self.house.room("Ten thousand")
        self.talkers = [await self.house.guest("Talker") for _ in range(TALKERS)]
        self.house.stop()
        async with opened(f"sqlite:///{self.house.folder / 'hearth.db'}") as database, streams_on(database) as streams:
            for place, count in ((self.long, LONG), (self.very_long, VERY_LONG)):
                for begin in range(0, count, 250):
                    said = [
                        say(streams, place.id, PersonId(self.talkers[n // 3 % TALKERS].person), text_of(n))
                        for n in range(begin, min(count, begin + 250))
                    ]
                    answers = await asyncio.gather(*said)
                    self.first.setdefault(place.slug, str(answers[0].message))
        self.house.start()
        return self


def text_of(number: int) -> str:
    """Words of many lengths, so that no two rows are surely of one height."""
    return f"Number {number}: {' '.join(WORDS[: 3 + number * 7 % 14] * (1 + number % 4))}."


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def long(pages: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Long]:
    """Rooms with a past."""
    house = await House(tmp_path_factory.mktemp("long")).open()
    yield await Long(house).build()
    await house.close()


async def reads_back(visitor: Visitor, pages: int) -> None:
    """Turn the wheel until so many more pages of earlier messages were asked for, and look around there."""

    def asked() -> int:
        return sum("messages?before=" in request.url for request in visitor.requests)

    enough = asked() + pages
    await visitor.page.mouse.move(400, 400)
    async with asyncio.timeout(WAIT_S):
        while asked() < enough:
            await visitor.page.mouse.wheel(0, -2000)
            await rests(visitor.page)


async def rests(page: Page) -> None:
    """Nothing is under way any more: two frames look the same."""
    await page.wait_for_function(
        "() => new Promise(done => { const y = scrollY; setTimeout(() => done(scrollY === y), 80); })"
    )


def steady(tops: list[Any]) -> bool:
    """Whether a row was there in every frame, and never anywhere else."""
    return bool(tops) and None not in tops and max(tops) - min(tops) <= STILL_PX


async def test_new_messages_never_move_what_is_being_read(long: Long, opens: Opens) -> None:
    ada = await (await opens(await long.house.guest("Ada"))).enters(long.long)
    await ada.sees(text_of(LONG - 1))
    await reads_back(ada, 5)
    await rests(ada.page)
    key = await ada.page.evaluate(_FIRST_READ)
    await ada.page.evaluate(_WATCH, key)
    async with long.talkers[0].in_room(long.long) as voice:
        for number in range(30):
            await voice.ask(PostMessage(room=long.long.id, nonce=new_nonce(), text=f"New one, {number}."))
        await expect(ada.page.get_by_role("button", name="30 new messages")).to_be_visible()
    tops = await ada.page.evaluate(_SEEN)
    assert steady(tops), tops
    assert await ada.page.evaluate(_FIRST_READ) == key
    await ada.presses("30 new messages")
    await expect(ada.message("New one, 29.")).to_be_in_viewport()
    await expect(ada.page.get_by_role("button", name="new message")).to_have_count(0)


async def test_earlier_pages_come_without_a_jump(long: Long, opens: Opens) -> None:
    ada = await (await opens(await long.house.guest("Ada"))).enters(long.long)
    await reads_back(ada, 1)
    asked, let_through = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await let_through.wait()
        await route.continue_()

    await ada.page.route("**/messages?before=*", hold)
    async with asyncio.timeout(WAIT_S):
        while not asked.is_set():
            await ada.page.mouse.wheel(0, -1500)
            await rests(ada.page)
    # All the way up: there is nothing above that could hide a jump.
    await ada.page.mouse.wheel(0, -20_000)
    await rests(ada.page)
    key = await ada.page.evaluate(_FIRST_READ)
    rows = await ada.page.locator(".rows > li").count()
    await ada.page.evaluate(_WATCH, key)
    let_through.set()
    await expect(ada.page.locator(".rows > li")).not_to_have_count(rows)
    await rests(ada.page)
    tops = await ada.page.evaluate(_SEEN)
    assert steady(tops), tops


async def size(page: Page) -> tuple[int, int]:
    """How many nodes there are, and how many rows."""
    nodes, rows = await page.evaluate(
        "() => [document.querySelectorAll('*').length, document.querySelectorAll('.rows > li').length]"
    )
    return nodes, rows


async def test_ten_thousand_messages_are_a_page_of_a_bounded_number_of_nodes(long: Long, opens: Opens) -> None:
    ada = await (await opens(await long.house.guest("Ada"))).enters(long.very_long)
    await ada.sees(text_of(VERY_LONG - 1))
    sizes = [await size(ada.page)]
    for _ in range(4):
        await reads_back(ada, 2)
        sizes.append(await size(ada.page))
    await ada.page.goto(f"{long.very_long.path}#{long.first[long.very_long.slug]}")
    await expect(ada.message(text_of(0))).to_be_in_viewport()
    await ada.page.mouse.move(400, 400)
    async with asyncio.timeout(WAIT_S):
        while await ada.message(text_of(300)).count() == 0:
            await ada.page.mouse.wheel(0, 2500)
            sizes.append(await size(ada.page))
    await ada.presses("To the newest messages")
    await expect(ada.message(text_of(VERY_LONG - 1))).to_be_in_viewport()
    sizes.append(await size(ada.page))
    assert max(nodes for nodes, _ in sizes) <= NODES_AT_MOST, sizes
    assert max(rows for _, rows in sizes) <= ROWS_AT_MOST, sizes
    assert min(rows for _, rows in sizes) > 20, "there is something to read all the time"


_TIME_LETTERS = """() => {
  window.letters = [];
  const box = document.querySelector('#say');
  let pressed = 0;
  box.addEventListener('keydown', event => { pressed = event.timeStamp; }, true);
  box.addEventListener('input', () => {
    const since = pressed;
    requestAnimationFrame(() => setTimeout(() => window.letters.push({ typed: since, seen: performance.now() })));
  });
}"""


async def test_fifty_messages_a_second_leave_the_page_usable(long: Long, opens: Opens) -> None:
    place = await long.house.room("Hall")
    ada = await (await opens(await long.house.guest("Ada"))).enters(place)
    await ada.page.evaluate(_TIME_LETTERS)

    async def talk(voice: Voice, who: int) -> None:
        for number in range(BURST_S * BURST_PER_S // TALKERS):
            await voice.ask(PostMessage(room=place.id, nonce=new_nonce(), text=f"{who}: {text_of(number)}"))
            await asyncio.sleep(TALKERS / BURST_PER_S)

    async with AsyncExitStack() as here:
        voices = [await here.enter_async_context(guest.in_room(place)) for guest in long.talkers]
        async with asyncio.TaskGroup() as talking:
            for who, voice in enumerate(voices):
                talking.create_task(talk(voice, who))
            talking.create_task(ada.box.press_sequentially("I can still write", delay=250))
    await expect(ada.box).to_have_value("I can still write")
    letters = await ada.page.evaluate("() => window.letters")
    assert len(letters) == len("I can still write")
    # The page did not come to a stand: half of the words could be seen before the rest was typed.
    assert letters[len(letters) // 2]["seen"] < letters[-1]["typed"], letters
    # Nobody reads so fast, so the page did not run away: what came waits below, and is all there.
    newer = ada.page.get_by_role("button", name="new messages")
    await expect(newer).to_be_visible()
    await newer.click()
    await expect(newer).to_have_count(0)
    assert len(await long.house.said(place)) == BURST_S * BURST_PER_S


async def test_in_the_calm_view_the_team_and_what_concerns_me_stand_alone(house: House, opens: Opens) -> None:
    place = await house.room("Hall")
    ada = await (await opens(await house.guest("Ada"))).enters(place)
    ben = await (await opens(await house.guest("Ben"))).enters(place)
    ruth = await (await opens(await house.guest("Ruth", role="host"))).enters(place)
    for text in ("The chairs are low.", "The chairs are very low."):
        await ben.says(text)
    await ruth.says("What would make the wait kinder?")
    await ada.says("A board that tells the truth.")
    await ada.sees("The chairs are low.")
    await ada.presses("Reading help")
    await ada.page.get_by_role("radio", name="Calm view").check()
    await ada.presses("Done")
    others = ada.page.get_by_role("button", name="2 more messages")
    await expect(others).to_be_visible()
    await expect(ada.message("The chairs are low.")).to_have_count(0)
    await ada.sees("What would make the wait kinder?", "A board that tells the truth.")
    # It is kept, and nothing is lost by it: what is behind the line is a press away, and new words join it.
    await ada.page.reload()
    await ada.is_live()
    await expect(others).to_be_visible()
    await ben.says("And the tea is cold.")
    await expect(ada.page.get_by_role("button", name="1 more message")).to_be_visible()
    await others.click()
    await ada.sees("The chairs are low.", "The chairs are very low.")
