"""Whose turn it is: of what many send at once a little is taken in each turn of the loop, by each person in theirs."""

import asyncio
from abc import ABC, abstractmethod
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Hashable, MutableMapping
from typing import Any, TypeAlias

# What is taken in goes on for so long before all else has its turn: what is stored, told and answered.
TURN_S = 0.002
# So many requests begin in one turn of the loop; each costs a fraction of a millisecond in each of its steps.
REQUESTS_A_TURN = 8

Work: TypeAlias = Callable[[], None]
Scope: TypeAlias = MutableMapping[str, Any]
App: TypeAlias = Callable[[Scope, Any, Any], Awaitable[None]]


class _EachTurn(ABC):
    """What goes on in the next turn of the loop."""

    def __init__(self) -> None:
        self._planned = False

    def _plan(self) -> None:
        if not self._planned:
            self._planned = True
            asyncio.get_running_loop().call_soon(self._begin_turn)

    def _begin_turn(self) -> None:
        self._planned = False
        self._next()

    @abstractmethod
    def _next(self) -> None: ...


class Turns(_EachTurn):
    """Does what there is to do, by each in their turn, and no longer at a time than `TURN_S`."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: OrderedDict[Hashable, deque[Work]] = OrderedDict()
        self._spent_s = 0.0

    def take(self, who: Hashable, work: Work) -> bool:
        """Do it now, if nobody waits and there is time in this turn of the loop; else when it is the turn of `who`.

        Gives whether it was done.
        """
        now = not self._waiting and self._spent_s < TURN_S
        if now:
            self._do(work)
        else:
            self._waiting.setdefault(who, deque()).append(work)
        self._plan()
        return now

    def later(self, who: Hashable, work: Work) -> None:
        """Do it when it is the turn of `who`, in the next turn of the loop at the earliest."""
        self._waiting.setdefault(who, deque()).append(work)
        self._plan()

    def _do(self, work: Work) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        work()
        self._spent_s += loop.time() - began

    def _next(self) -> None:
        self._spent_s = 0.0
        try:
            # What is put in line meanwhile is for the next turn of the loop.
            for _ in range(len(self._waiting)):
                who, works = self._waiting.popitem(last=False)
                work = works.popleft()
                if works:
                    self._waiting[who] = works
                self._do(work)
                if self._spent_s >= TURN_S:
                    break
        finally:
            if self._waiting:
                self._plan()


class Turnstile(_EachTurn):
    """Lets so many requests begin in each turn of the loop; the others wait in line."""

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app
        self._begun = 0
        # As many at most as there are connections: on each a request begins when the one before has its answer.
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """As the application, once there is a place."""
        if scope["type"] == "http":
            if self._waiting or self._begun >= REQUESTS_A_TURN:
                place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._waiting.append(place)
                await place
            else:
                self._begun += 1
            self._plan()
        await self._app(scope, receive, send)

    def _next(self) -> None:
        self._begun = 0
        while self._waiting and self._begun < REQUESTS_A_TURN:
            place = self._waiting.popleft()
            # Whoever asked may have gone meanwhile.
            if not place.done():
                place.set_result(None)
                self._begun += 1
        if self._waiting:
            self._plan()
