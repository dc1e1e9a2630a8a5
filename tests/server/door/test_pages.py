"""The browser's client, as it is served."""

import asyncio
import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from server.door.pages import PAGES, Pages

ROUTES_TS = Path(__file__).parents[3] / "web/src/shell/routes.ts"


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A built client, as small as can be."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / ".vite").mkdir()
    (folder / "index.html").write_text("<!doctype html><title>Hearth</title>" + " " * 2000)
    (folder / "assets/index-B3x9aQz_.js").write_text("console.log('hearth');" * 100)
    (folder / "assets/font-latin-AbCdEf12.woff2").write_bytes(b"wOF2\0\1\2")
    (folder / "manifest.webmanifest").write_text("{}")
    (folder / "sw.js").write_text("self.x=1")
    (folder / ".vite/manifest.json").write_text("{}")
    (tmp_path / "secret").write_text("a secret")
    return folder


@pytest.fixture
async def browser(dist: Path) -> AsyncIterator[httpx2.AsyncClient]:
    async with _browser(dist) as browser:
        yield browser


def _browser(folder: Path) -> httpx2.AsyncClient:
    app = Starlette(routes=list(Pages(folder).routes()))
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost:8000")


@pytest.mark.parametrize(
    "path", ["/", "/j", "/me", "/join/x", "/in/x", "/claim/x", "/c/eyes", "/c/eyes/keep", "/c/e/r/t"]
)
async def test_every_address_people_open_gives_the_page_and_nobody_keeps_it(
    browser: httpx2.AsyncClient, path: str
) -> None:
    answer = await browser.get(path)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert "<title>Hearth</title>" in answer.text
    assert (await browser.head(path)).status_code == 200


def test_the_server_and_the_browser_know_the_same_addresses() -> None:
    known = ROUTES_TS.read_text()
    for path in PAGES:
        words = [part for part in path.split("/") if part and not part.startswith("{")]
        assert all(f'"{word}"' in known for word in words), path
    assert len(PAGES) == len(set(re.findall(r'readonly is: "(\w+)"', known)) - {"nowhere"})


async def test_what_has_its_content_in_its_name_is_kept_for_good(browser: httpx2.AsyncClient) -> None:
    script = await browser.get("/assets/index-B3x9aQz_.js")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    font = await browser.get("/assets/font-latin-AbCdEf12.woff2")
    assert (font.headers["content-type"], font.content) == ("font/woff2", b"wOF2\0\1\2")
    assert "content-encoding" not in font.headers


async def test_text_is_sent_compressed_to_who_takes_it(browser: httpx2.AsyncClient, dist: Path) -> None:
    async with browser.stream("GET", "/assets/index-B3x9aQz_.js", headers={"accept-encoding": "gzip"}) as packed:
        raw = b"".join([piece async for piece in packed.aiter_raw()])
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(raw) == (dist / "assets/index-B3x9aQz_.js").read_bytes()
    plain = await browser.get("/assets/index-B3x9aQz_.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/manifest.webmanifest", "application/manifest+json"), ("/sw.js", "text/javascript; charset=utf-8")],
)
async def test_what_keeps_its_name_is_asked_about_every_time(browser: httpx2.AsyncClient, path: str, kind: str) -> None:
    first = await browser.get(path)
    assert (first.headers["cache-control"], first.headers["content-type"]) == ("no-cache", kind)
    again = await browser.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/.vite/manifest.json", "/assets/../../secret", "/%2e%2e/secret", "/nothing.js"])
async def test_nothing_else_is_served(browser: httpx2.AsyncClient, path: str) -> None:
    answer = await browser.get(path)
    assert answer.status_code == 404
    assert "secret" not in answer.text


async def test_a_person_at_an_unknown_address_gets_the_page_that_says_so(browser: httpx2.AsyncClient) -> None:
    answer = await browser.get("/no/such/page", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "<title>Hearth</title>" in answer.text


async def test_without_a_built_client_the_page_says_what_to_do_and_finds_it_once_built(
    tmp_path: Path, dist: Path
) -> None:
    empty = tmp_path / "empty"
    async with _browser(empty) as browser:
        missing = await browser.get("/c/eyes")
        assert missing.status_code == 503
        assert "npm run build" in missing.text
        await asyncio.to_thread(dist.rename, empty)
        assert (await browser.get("/c/eyes")).status_code == 200
