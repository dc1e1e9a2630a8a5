"""Which migration a database has had, and which is the newest here: read without loading Alembic, so at every start."""

import re
from functools import cache
from pathlib import Path

from server.database.ports import Say, Work

_VERSIONS = Path(__file__).resolve().parent.parent / "migrations" / "versions"
_REVISION = re.compile(r"^revision\b[^=]*=\s*['\"](\w+)['\"]", re.MULTILINE)
_BEFORE = re.compile(r"^down_revision\b[^=]*=\s*['\"](\w+)['\"]", re.MULTILINE)


@cache
def _chain() -> tuple[frozenset[str], str]:
    texts = [file.read_text(encoding="utf-8") for file in _VERSIONS.glob("*.py")]
    known = {found[1] for text in texts if (found := _REVISION.search(text))}
    earlier = {found[1] for text in texts if (found := _BEFORE.search(text))}
    (newest,) = known - earlier
    return frozenset(known), newest


def newest() -> str:
    """The revision that this version of Hearth wants."""
    return _chain()[1]


def stored() -> Work[str | None]:
    """The revision the database stands at; an error of the driver when it was never migrated."""
    [rows] = yield [Say("SELECT version_num FROM alembic_version")]
    return str(rows[0][0]) if rows else None


def is_current(revision: str | None) -> bool:
    """Whether a database at `revision` will do.

    One that a newer version has already migrated will: columns are only added while older nodes still serve.
    """
    known, last = _chain()
    return revision is not None and (revision == last or revision not in known)


def is_known(revision: str) -> bool:
    """Whether this version has the migration, and so can read what was stored under it."""
    return revision in _chain()[0]
