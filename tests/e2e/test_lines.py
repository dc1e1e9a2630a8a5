"""Lines that break: whatever happens to them, nothing is lost, nothing is doubled, and the order is one."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.e2e.cable import cable_to
from tests.e2e.conftest import Opens
from tests.e2e.house import House, Place
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

# How long the network is away. HEARTH_LONG=1 has it as long as a lift ride.
AWAY_S = 30 if os.environ.get("HEARTH_LONG") else 8


@pytest_asyncio.fixture(loop_scope="session")
async def frail(pages: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A house that may be killed."""
    house = await House(tmp_path_factory.mktemp("frail")).open()
    yield house
    await house.close()


async def agree(house: House, place: Place, *visitors: Visitor, texts: set[str]) -> None:
    """All pages show the same messages in the same order, each once, and so does the history."""
    for visitor in visitors:
        await visitor.is_live()
        await visitor.sees(*texts)
        # To the letter: a message that waits "will be sent".
        await expect(visitor.page.locator(".state:not(:text-is('Sent'))")).to_have_count(0)
    shown = [[(line.id, line.text) for line in await visitor.talk()] for visitor in visitors]
    kept = [(message["message"], message["text"]) for message in await house.said(place)]
    assert shown == [kept] * len(visitors)
    assert sorted(text for _, text in kept) == sorted(texts)


async def loses_the_network(visitor: Visitor) -> None:
    """The device says that there is none."""
    await visitor.context.set_offline(offline=True)
    await expect(visitor.page.get_by_text("You are offline. You can go on writing")).to_be_visible()


async def test_what_is_written_without_a_network_goes_out_once_and_in_order(
    house: House, opens: Opens, place: Place
) -> None:
    async with cable_to(house.port) as cut, cable_to(house.port) as pulled:
        ada = await opens(await house.guest("Ada"), base_url=cut.address)
        cleo = await opens(await house.guest("Cleo"), base_url=pulled.address)
        ben = await opens(await house.guest("Ben"))
        await asyncio.gather(*(visitor.enters(place) for visitor in (ada, ben, cleo)))
        await ada.says("Before the tunnel.")
        await asyncio.gather(ben.sees("Before the tunnel."), cleo.sees("Before the tunnel."))
        back = asyncio.get_running_loop().time() + AWAY_S
        # One line breaks at once; the other one is silent, and has to be found out.
        cut.cut()
        pulled.pull()
        await asyncio.gather(loses_the_network(ada), loses_the_network(cleo))
        mine = {
            visitor: [f"{visitor.name} in the tunnel, {number}." for number in range(1, 4)] for visitor in (ada, cleo)
        }
        for visitor, texts in mine.items():
            for text in texts:
                await visitor.says(text)
                await expect(visitor.message(text)).to_contain_text("Will be sent when you are back")
        theirs = [f"Meanwhile, {number}." for number in range(1, 4)]
        for text in theirs:
            await ben.says(text)
            await ben.sees_sent(text)
        await expect(ben.page.get_by_text("in the tunnel")).to_have_count(0)
        # The length of the silence is what is tried here.
        await asyncio.sleep(max(0.0, back - asyncio.get_running_loop().time()))
        for visitor, cable in ((ada, cut), (cleo, pulled)):
            await visitor.context.set_offline(offline=False)
            cable.plug()
        everything = {"Before the tunnel.", *theirs, *mine[ada], *mine[cleo]}
        await agree(house, place, ada, ben, cleo, texts=everything)
        for texts in mine.values():
            assert [line.text for line in await ben.talk() if line.text in texts] == texts


async def test_a_killed_server_loses_nothing_and_pages_recover_by_themselves(frail: House, opens: Opens) -> None:
    place = await frail.room()
    async with cable_to(frail.port) as cable:
        ada = await opens(await frail.guest("Ada"), base_url=cable.address)
        ben = await opens(await frail.guest("Ben"))
        await asyncio.gather(ada.enters(place), ben.enters(place))
        await ada.says("Stored and told.")
        await ada.sees_sent("Stored and told.")
        # Hers is stored and the receipt is lost on the way; his never gets as far as the log.
        cable.deafen()
        await ada.says("Stored, and the answer is lost.")
        await ben.sees("Stored, and the answer is lost.")
        await expect(ada.message("Stored, and the answer is lost.")).to_contain_text("Sending…")
        frail.freeze()
        await ben.says("Sent, and never read.")
        await expect(ben.message("Sent, and never read.")).to_contain_text("Sending…")
        frail.kill()
        cable.plug()
        for visitor in (ada, ben):
            await expect(visitor.status).to_contain_text("Connection dropped. Trying again…")
        await ben.says("Written while it was away.")
        await expect(ben.message("Written while it was away.")).to_contain_text("Will be sent when you are back")
        frail.start()
        texts = {"Stored and told.", "Stored, and the answer is lost."}
        texts |= {"Sent, and never read.", "Written while it was away."}
        await agree(frail, place, ada, ben, texts=texts)


async def test_where_sockets_are_forbidden_the_talk_goes_on_without_them(
    house: House, opens: Opens, place: Place
) -> None:
    ben = await (await opens(await house.guest("Ben"))).enters(place)
    async with cable_to(house.port, carries_sockets=False) as cable:
        ada = await opens(await house.guest("Ada"), base_url=cable.address)
        await ada.enters(place)
        assert cable.sockets_refused >= 2
        await ada.says("By asking again and again.")
        await ben.sees("By asking again and again.")
        await ben.says("I hear you.")
        await ada.sees("I hear you.")
        await ada.reacts("I hear you.", "Thank you")
        await expect(ben.count("I hear you.", "Thank you, 1")).to_be_visible()
        await ben.reacts("By asking again and again.", "Heart")
        await expect(ada.count("By asking again and again.", "Heart, 1")).to_be_visible()
        await ben.box.press_sequentially("And I")
        await expect(ada.status).to_contain_text(f"{ben.name} is writing")
        await expect(ben.page.locator(".bar")).to_contain_text("2 here")
        assert not any(socket for socket in ada.sockets if not socket.is_closed())
        assert ada.heard == []
