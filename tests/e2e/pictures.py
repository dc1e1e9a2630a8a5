"""Pictures of every screen, narrow and wide, light and dark, with people talking: to be looked at.

python -m tests.e2e.pictures FOLDER [SCREEN …]     all screens, or the named ones
python -m tests.e2e.pictures --readme FILE         the one in the README
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import expect

from server import webbuild
from server.settings import KEPT_MAIL
from tests.e2e.conftest import PATIENCE_MS, started_browser, visit
from tests.e2e.house import Guest, House
from tests.e2e.lively import BOARD, lively_room, writing
from tests.e2e.pressed import pressed
from tests.e2e.screens import HEIGHTS, SCREENS, WIDE, Screen, Setting
from tests.e2e.test_screens import THEMES
from tests.e2e.visitor import Visitor
from tests.server.processes import served

# Enough to have something to count.
CROWD = 14
ZONE = "Europe/London"


@asynccontextmanager
async def setting_of_pictures() -> AsyncIterator[Setting]:
    """A house full of people and a browser to look at it with."""
    webbuild.build_if_stale()
    expect.set_options(timeout=PATIENCE_MS)
    with tempfile.TemporaryDirectory(prefix="hearth-pictures-") as folder:
        house = await House(Path(folder) / "house", HEARTH_MAIL_URL=KEPT_MAIL).open()
        try:
            with served(Path(folder) / "unclaimed") as (server, _):
                unclaimed = server.line("Claim it, once:").split()[-1]
                async with lively_room(house, crowd=CROWD) as lively, started_browser() as browser:

                    async def opens(guest: Guest | None = None, **how: Any) -> Visitor:
                        return await visit(browser, house, guest, timezone_id=ZONE, **how)

                    yield Setting(house, unclaimed, lively, opens, WIDE)
        finally:
            await house.close()


async def take(screen: Screen, setting: Setting, folder: Path) -> None:
    """Every picture of one screen. A page is shown whole, a room as far as the window shows it."""
    for width in screen.widths:
        narrowed = Setting(setting.house, setting.unclaimed, setting.lively, setting.opens, width)
        visitor = await screen.see(narrowed)
        await visitor.page.emulate_media(reduced_motion="reduce")
        whole = not screen.name.startswith("room")
        for theme in THEMES:
            await visitor.page.emulate_media(color_scheme=theme)
            dark = "-dark" if theme == "dark" else ""
            path = folder / f"{screen.name}-{width}{dark}.png"
            await visitor.page.screenshot(path=path, full_page=whole, animations="disabled")
        await visitor.context.close()


async def pictures(folder: Path, names: Sequence[str]) -> None:
    """All screens, or the named ones."""
    async with setting_of_pictures() as setting:
        for screen in SCREENS:
            if not names or screen.name in names:
                await take(screen, setting, folder)


async def readme_picture(path: Path) -> None:
    """A living room with the answers to a message open beside it and two people writing."""
    async with setting_of_pictures() as setting:
        visitor = await setting.room()
        assert HEIGHTS[WIDE] == 900
        await visitor.presses("3 replies")
        await visitor.sees("Two hours I can plan for.")
        async with writing(setting.lively, "Dorothy", "Kwame"):
            await expect(visitor.status).to_contain_text("are writing")
            await visitor.message(BOARD).scroll_into_view_if_needed()
            await visitor.page.evaluate("() => document.activeElement.blur()")
            whole = await visitor.page.screenshot(animations="disabled")
    await asyncio.to_thread(path.write_bytes, pressed(whole))


def main(arguments: Sequence[str]) -> int:
    """Do what the command line asks."""
    match arguments:
        case ["--readme", file]:
            asyncio.run(readme_picture(Path(file)))
        case [folder, *names]:
            Path(folder).mkdir(parents=True, exist_ok=True)
            asyncio.run(pictures(Path(folder), names))
        case _:
            sys.stderr.write(__doc__ or "")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
