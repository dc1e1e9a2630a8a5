"""How often somebody may do something: by session, by person, and by address, where only failures are counted.

A hall of 300 people comes from one address, so nothing is counted there that all of them do rightly.
"""

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from ipaddress import IPv6Address, ip_address
from types import MappingProxyType
from typing import Protocol

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.strategies import MovingWindowRateLimiter

from server.clock import monotonic_ms
from server.door.limits_memory import MonotonicMemory


class Limit(StrEnum):
    """What is counted, beside the commands of the live connection, which go by their own names."""

    ASK = "ask"  # requests, by session
    CHANGE = "change"  # requests that change something, by person
    WAY_BACK = "way.back"  # ways back made, by person: each is a session more
    MAIL_ASKED = "mail.asked"  # mails that ask whether an address is right, by person
    MAIL_TO = "mail.to"  # the same, by the address they go to
    TELL = "news.tell"  # things people are told, by community
    NEW_SESSION = "session.new"  # by address
    WRONG_TRY = "try.wrong"  # links and codes that open nothing, by address
    WRONG_CODE = "code.wrong"  # codes that open nothing, from everywhere together
    COMMAND = "command"  # any command that has no limit of its own, by person


def _per(seconds: int, amount: int) -> RateLimitItem:
    return RateLimitItemPerSecond(amount, seconds)


# Far above what people do with their hands, and far below what tires the server.
LIMITS: Mapping[str, RateLimitItem] = MappingProxyType(
    {
        "message.post": _per(10, 60),
        "message.edit": _per(10, 30),
        "message.remove": _per(10, 60),
        "reaction.set": _per(10, 60),
        "place.mark": _per(10, 100),
        "typing.tell": _per(10, 60),
        "stream.follow": _per(10, 200),
        Limit.COMMAND: _per(10, 100),
        Limit.ASK: _per(60, 900),
        Limit.CHANGE: _per(60, 240),
        Limit.WAY_BACK: _per(600, 10),
        # Mistyped twice, and once more on another day: nobody's letter box is filled by a stranger.
        Limit.MAIL_ASKED: _per(3_600, 5),
        Limit.MAIL_TO: _per(86_400, 3),
        Limit.TELL: _per(3_600, 10),
        # Four halls that all come in within ten minutes.
        Limit.NEW_SESSION: _per(600, 1_200),
        # One in three of a hall may mistype a code.
        Limit.WRONG_TRY: _per(600, 100),
        # Of 148 million codes: who tries all day from everywhere finds one of five that live in two years.
        Limit.WRONG_CODE: _per(600, 300),
    }
)

BY_ADDRESS = frozenset({Limit.NEW_SESSION, Limit.WRONG_TRY, Limit.WRONG_CODE})
# While codes are being guessed from everywhere, an honest address may still mistype so often.
PATIENCE = 3
EVERYWHERE = "everywhere"


class RateLimits(Protocol):
    """Counts what is done. Behind it is this node's memory, or what all nodes share."""

    def allow(self, kind: str, key: str) -> int | None:
        """Count one more; None when it may be done, else the milliseconds until it may."""
        ...

    def ahead(self, kind: str, key: str) -> int | None:
        """As `allow`, without counting."""
        ...

    def guessing(self, address: str, *, code: bool) -> int | None:
        """How long an address must wait that showed too many wrong secrets; None when it may try."""
        ...

    def wrong(self, address: str, *, code: bool) -> None:
        """Count a secret that opened nothing."""
        ...

    def learn(self, address: str) -> Awaitable[None]:
        """Before a guess from an address is judged, and after: share what is known of it, within 200 ms or not at all.

        Nothing else of this waits for other nodes.
        """
        ...


def _now_s() -> float:
    return monotonic_ms() / 1000


class MemoryLimits:
    """Limits counted in this node's memory. With several nodes each counts for itself (see `limits_shared`)."""

    def __init__(self, *, lift_addresses: bool = False, now_s: Callable[[], float] = _now_s) -> None:
        """`lift_addresses`: count nothing by address, for load tests."""
        self._windows = MovingWindowRateLimiter(MonotonicMemory(now_s))
        self._lifted = BY_ADDRESS if lift_addresses else frozenset[Limit]()
        self._now_s = now_s

    def allow(self, kind: str, key: str) -> int | None:
        """Count one more; None when it may be done, else the milliseconds until it may."""
        if kind in self._lifted or self._windows.hit(self._item(kind), kind, key):
            return None
        return self._wait_ms(kind, key)

    def ahead(self, kind: str, key: str) -> int | None:
        """As `allow`, without counting."""
        if kind in self._lifted or self._windows.test(self._item(kind), kind, key):
            return None
        return self._wait_ms(kind, key)

    def guessing(self, address: str, *, code: bool) -> int | None:
        """How long an address must wait that showed too many wrong secrets; None when it may try."""
        wait_ms = self.ahead(Limit.WRONG_TRY, address)
        if wait_ms is not None or not code:
            return wait_ms
        wait_ms = self.ahead(Limit.WRONG_CODE, EVERYWHERE)
        # Guessing from everywhere must not shut out people with the right code: a clean address goes on.
        return wait_ms if self._wrong_from(address) >= PATIENCE else None

    def _wrong_from(self, address: str) -> int:
        return self.count(Limit.WRONG_TRY, address)[0]

    def wrong(self, address: str, *, code: bool) -> None:
        """Count a secret that opened nothing."""
        self.allow(Limit.WRONG_TRY, address)
        if code:
            self.allow(Limit.WRONG_CODE, EVERYWHERE)

    async def learn(self, address: str) -> None:
        """There is nobody to learn from."""

    def lifts(self, kind: str) -> bool:
        """Whether nothing is counted of this kind."""
        return kind in self._lifted

    def count(self, kind: str, key: str) -> tuple[int, int]:
        """How much was counted within the window, and how much may be."""
        item = self._item(kind)
        return item.amount - self._windows.get_window_stats(item, kind, key).remaining, item.amount

    def _item(self, kind: str) -> RateLimitItem:
        return LIMITS.get(kind, LIMITS[Limit.COMMAND])

    def _wait_ms(self, kind: str, key: str) -> int:
        reset_s = self._windows.get_window_stats(self._item(kind), kind, key).reset_time
        return max(1, round((reset_s - self._now_s()) * 1000))


def address_key(address: str) -> str:
    """What is counted as one address: an IPv6 home has 2^64 of them, so its network counts as one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return str(parsed)
