"""The one clock module: monotonic time for waits, and new ids. Stored times come from the database instead."""

import os
import secrets
import time

# Crockford's characters, five bits each; two at a time, as an id is made for every message.
_CHARACTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in _CHARACTERS for second in _CHARACTERS]
_SHIFTS = range(120, -10, -10)


def monotonic_ms() -> int:
    """Milliseconds on a clock that never jumps."""
    return time.monotonic_ns() // 1_000_000


def wall_ms() -> int:
    """Milliseconds since 1970 as this machine believes: for the greeting and new ids, never for order."""
    return time.time_ns() // 1_000_000


def new_id() -> str:
    """A new opaque id of 26 characters (a ULID); later ones usually sort later, which databases like."""
    number = wall_ms() << 80 | int.from_bytes(os.urandom(10), "big")
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])


def new_secret() -> str:
    """192 random bits for a link or a session, in characters that fit an address."""
    return secrets.token_urlsafe(24)
