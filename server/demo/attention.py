"""What the scripted members notice: who else is here, and which of what those say wants an answer. Pure."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rooms.events import Author, MessagePosted
from rooms.ids import MessageId, PersonId
from rooms.signals import RosterChanged

# Nobody answers to what was said longer ago than so many messages.
_REMEMBERED = 500
# A hall full of phones writes faster than ten people can answer. Whoever had an answer before has one again when no
# more than so many wait; a newcomer, when it comes within a few minutes.
_REGULARS = 3
_NEWCOMERS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Something that wants an answer. `aside`: it was meant for somebody who can answer for themselves."""

    message: MessageId
    # Where an answer stands: under the message itself, or beside it in the thread that it is in.
    thread: MessageId
    author: PersonId | None
    name: str | None
    text: str
    called: str | None = None
    aside: bool = False


class Attention:
    """The room as the scripted members see it."""

    def __init__(self, scripted: Mapping[PersonId, str]) -> None:
        self._scripted = scripted
        self._authors: OrderedDict[MessageId, PersonId | None] = OrderedDict()
        self._visitors: frozenset[PersonId] = frozenset()
        self.visitors = 0

    def sees(self, roster: RosterChanged) -> bool:
        """Take in who is here. True when somebody has come who is not scripted."""
        ours = sum(who.person in self._scripted for who in roster.people)
        # Above some number only the team is named; then there are certainly others.
        ours = ours if roster.named_all else len(self._scripted)
        self._visitors = frozenset(who.person for who in roster.people) - self._scripted.keys()
        before, self.visitors = self.visitors, max(0, roster.count - ours)
        return self.visitors > before

    def remembers(self, messages: Iterable[tuple[MessageId, Author]]) -> None:
        """Know whose messages these are."""
        for message, author in messages:
            self._authors[message] = author.person
        while len(self._authors) > _REMEMBERED:
            self._authors.popitem(last=False)

    def hears(self, posted: MessagePosted) -> Wanted | None:
        """Take in a message; what of it wants an answer, if somebody else than ours has said it."""
        self.remembers([(posted.message, posted.author)])
        author = posted.author.person
        if author in self._scripted or not posted.text:
            return None
        above = self._authors.get(posted.reply_to) if posted.reply_to else None
        meant = [*posted.mentions, *([above] if above is not None else [])]
        asked = [self._scripted[person] for person in meant if person in self._scripted]
        # Whoever is meant and not there, such as the host of yesterday, is stood in for.
        there = [person for person in meant if person in self._visitors and person != author]
        return Wanted(
            message=posted.message,
            thread=posted.reply_to or posted.message,
            author=author,
            name=posted.author.name,
            text=posted.text,
            called=asked[0] if asked else None,
            aside=bool(there) and not asked,
        )


class Unanswered:
    """Those who wait for an answer, each once, to the last that they wrote; who never had one comes first."""

    def __init__(self) -> None:
        self._waiting: dict[PersonId | None, Wanted] = {}
        self._answered: set[PersonId | None] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, wanted: Wanted) -> None:
        """Let somebody wait. With many before them it is read in silence: sooner that of one who had an answer."""
        most = _REGULARS if wanted.author in self._answered else _NEWCOMERS
        if wanted.author in self._waiting or len(self._waiting) < most:
            self._waiting[wanted.author] = wanted

    def first(self) -> PersonId | None:
        """Whose turn it is. There must be somebody."""
        return min(self._waiting, key=lambda author: author in self._answered)

    def take(self, author: PersonId | None) -> Wanted:
        """What the one whose turn it is has written by now; from here on they have had their answer."""
        wanted = self._waiting.pop(author)
        if not wanted.aside:
            self._answered.add(author)
        return wanted
