"""The sessions of the demo's own voices, and links that sign in whoever tries it out, again and again."""

from collections.abc import Iterable

from community.commands import NewSession
from rooms.ids import PersonId
from server.clock import new_id
from server.database.ports import Say, Statement, Work
from server.door.keys import secret_hash
from server.door.sessions_sql import OWN_MS, insert

# So many tabs and windows that nobody counts them.
_USES = 1_000_000
# A demo that is left and found again in spring still opens.
_LINK_MS = 365 * 86_400_000


def open_doors(tokens: Iterable[tuple[PersonId, str]], links: Iterable[tuple[PersonId, str]]) -> Work[None]:
    """Let these people in by these tokens and these links' secrets, be it for the first time or again."""
    statements: list[Statement] = []
    for person, token in tokens:
        hashed = secret_hash(token)
        statements += [
            insert(person, NewSession(session=new_id(), token_hash=hashed)),
            Say("UPDATE session SET ends_ms = NOW_MS() + ? WHERE token_hash = ?", (OWN_MS, hashed)),
        ]
    for person, secret in links:
        hashed = secret_hash(secret)
        statements += [
            Say("DELETE FROM sign_in_link WHERE secret_hash = ?", (hashed,)),
            Say(
                "INSERT INTO sign_in_link (secret_hash, person, uses, ends_ms) VALUES (?, ?, ?, NOW_MS() + ?)",
                (hashed, person, _USES, _LINK_MS),
            ),
        ]
    yield statements
