"""The browser's client: one page for every address people open, and the files it is made of."""

import contextlib
import gzip
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from server.door.door import ByMethod, Endpoint

# The addresses that the page knows; it looks at them itself. Kept in step with the browser's own table by a test.
PAGES = (
    "/",
    "/j",
    "/me",
    "/erased",
    "/join/{secret}",
    "/in/{secret}",
    "/claim/{secret}",
    "/back",
    "/back/{secret}",
    "/oidc/join",
    "/oidc/refused",
    "/reach/{secret}",
    "/stop/{secret}",
    "/c/{slug}",
    "/c/{slug}/keep",
    "/c/{slug}/r/{room}",
)
# Such a file has another name when it has other content, so it is kept for good.
_HASHED = re.compile(r"assets/.+-[\w-]{8,}\.\w+")
_FOREVER = "public, max-age=31536000, immutable"
# Asked about every time, and answered with "still the same" when it is.
_ASK = "no-cache"
_COMPRESSED = frozenset(
    {
        "text/html",
        "text/css",
        "text/javascript",
        "image/svg+xml",
        "application/json",
        "application/manifest+json",
    }
)
# Pictures and fonts are small here; a folder beyond this is not our build.
_FILE_LIMIT_BYTES = 8 * 1024 * 1024
_KINDS = {".js": "text/javascript", ".webmanifest": "application/manifest+json", ".woff2": "font/woff2"}
# What the build leaves for itself.
_NOT_SERVED = frozenset({".vite", ".built"})

_MISSING = """<!doctype html>
<html lang="en-GB"><meta charset="utf-8"><title>Hearth</title>
<h1>Hearth is running, but its pages are not built yet</h1>
<p>Start it with <code>./hearth</code>, which builds them, or run <code>npm ci</code> and <code>npm run build</code>
in the folder <code>web</code>. Then load this page again.</p>
</html>
"""


@dataclass(frozen=True, slots=True)
class File:
    """A file of the client, in memory, also compressed where that pays."""

    content: bytes
    compressed: bytes | None
    kind: str
    caching: str
    tag: str


def _kind(path: Path) -> str:
    return _KINDS.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def _load(path: Path, name: str) -> File:
    content, kind = path.read_bytes(), _kind(path)
    # The time is left out, so that all nodes compress to the same bytes.
    packed = gzip.compress(content, mtime=0) if kind in _COMPRESSED else None
    return File(
        content=content,
        compressed=packed if packed is not None and len(packed) < len(content) else None,
        kind=kind,
        caching="no-store" if name == "index.html" else _FOREVER if _HASHED.fullmatch(name) else _ASK,
        tag=f'"{path.stat().st_mtime_ns:x}-{len(content):x}"',
    )


class Pages:
    """Serves what `web/dist` held when the server started; without it, says what to do."""

    def __init__(self, folder: Path, posts: Mapping[str, Endpoint] = MappingProxyType({})) -> None:
        """`posts` are what else some of the addresses answer: to a POST."""
        self._folder = folder
        self._posts = posts
        self._files = self._read()

    def _read(self) -> dict[str, File]:
        found: dict[str, File] = {}
        for path in sorted(self._folder.rglob("*")):
            inside = path.relative_to(self._folder)
            # A file may go while we look: the client is being built anew.
            with contextlib.suppress(FileNotFoundError):
                if path.is_file() and not _NOT_SERVED & set(inside.parts) and path.stat().st_size <= _FILE_LIMIT_BYTES:
                    found[inside.as_posix()] = _load(path, inside.as_posix())
        return found

    def routes(self) -> list[Route]:
        """The page's addresses, then the files; anything else is the page that says so."""
        known = {"GET": self.page}
        more = self._posts
        ways = {path: ByMethod({**known, "POST": more[path]} if path in more else known) for path in PAGES}
        return [*(Route(path, way) for path, way in ways.items()), Route("/{path:path}", ByMethod({"GET": self.file}))]

    async def page(self, request: Request) -> Response:
        """The one page."""
        return self._page(request, status=200)

    def _page(self, request: Request, *, status: int) -> Response:
        file = self._files.get("index.html")
        if file is None:
            # It may have been built meanwhile.
            self._files = self._read()
            file = self._files.get("index.html")
        if file is None:
            return HTMLResponse(_MISSING, status_code=503, headers={"Retry-After": "10"})
        return _response(file, request, status=status)

    async def file(self, request: Request) -> Response:
        """One of the client's files; an unknown address gets the page, which says that there is nothing."""
        file = self._files.get(request.path_params["path"])
        if file is not None:
            return _response(file, request, status=200)
        if "text/html" in request.headers.get("accept", ""):
            return self._page(request, status=404)
        return PlainTextResponse("not found\n", status_code=404)


def _response(file: File, request: Request, *, status: int) -> Response:
    headers = {"Cache-Control": file.caching, "ETag": file.tag, "Vary": "Accept-Encoding"}
    if status == 200 and request.headers.get("if-none-match") == file.tag and file.caching != "no-store":
        return Response(status_code=304, headers=headers)
    content = file.content
    if file.compressed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        content = file.compressed
        headers["Content-Encoding"] = "gzip"
    return Response(content, status_code=status, media_type=file.kind, headers=headers)
