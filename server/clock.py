"""The one clock module: monotonic time for waits, and new ids. Stored times come from the database instead."""

import secrets
import time

from ulid import ULID


def monotonic_ms() -> int:
    """Milliseconds on a clock that never jumps."""
    return time.monotonic_ns() // 1_000_000


def wall_ms() -> int:
    """Milliseconds since 1970 as this machine believes: for the greeting and new ids, never for order."""
    return time.time_ns() // 1_000_000


def new_id() -> str:
    """A new opaque id of 26 characters; later ones usually sort later, which databases like."""
    return str(ULID())


def new_secret() -> str:
    """192 random bits for a link or a session, in characters that fit an address."""
    return secrets.token_urlsafe(24)
