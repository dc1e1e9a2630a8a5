"""What mails say, in each language there is. Plain text; a subject never holds what somebody wrote."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

from msgspec import Struct

from community.reach import NewsKind

DEFAULT_LANGUAGE = "en"


class Letter(Struct, frozen=True, kw_only=True):
    """A mail's subject and text."""

    subject: str
    text: str


class About(Struct, frozen=True, kw_only=True):
    """What a mail is made with. `says` and `when` are what the team wrote; links are whole addresses."""

    community: str
    says: str = ""
    when: str = ""
    link: str
    stop_link: str = ""


class _Words(Struct, frozen=True, kw_only=True):
    confirm: str
    confirm_why: str
    confirm_how: str
    confirm_not_me: str
    coming: str
    coming_why: str
    stated: str
    stated_why: str
    taken_out: str
    taken_out_why: str
    look: str
    stop: str


_LANGUAGES: Mapping[str, _Words] = MappingProxyType(
    {
        "en": _Words(
            confirm="Is this your address?",
            confirm_why="Somebody at “{community}” asked us to write to this address. Was it you?",
            confirm_how="Then open this link and press the button. The link works for two days:",
            confirm_not_me="If it was not you, do nothing. Then we never write to you again.",
            coming="A conversation is coming",
            coming_why="You asked “{community}” to tell you when a conversation is coming.",
            stated="Something has changed",
            stated_why="“{community}” now says something else about its purpose, its values or who runs it.",
            taken_out="About something you wrote",
            taken_out_why="The team took out something you wrote at “{community}”.",
            look="Look here:",
            stop="You get this because you ticked it. To stop all mails to this address, press the button here:",
        ),
        "pl": _Words(
            confirm="Czy to Twój adres?",
            confirm_why="Ktoś z „{community}” poprosił, żeby pisać na ten adres. Czy to Ty?",
            confirm_how="Jeśli tak, otwórz ten link i naciśnij przycisk. Link działa dwa dni:",
            confirm_not_me="Jeśli to nie Ty, nie rób nic. Wtedy więcej nie napiszemy.",
            coming="Zbliża się rozmowa",
            coming_why="Prosisz „{community}” o wiadomość, kiedy zbliża się rozmowa.",
            stated="Coś się zmieniło",
            stated_why="„{community}” mówi teraz co innego o swoim celu, wartościach lub o tym, kto ją prowadzi.",
            taken_out="O czymś, co napisano",
            taken_out_why="Zespół usunął coś, co jest Twoje, z „{community}”.",
            look="Zobacz tutaj:",
            stop="Dostajesz to, bo tak zaznaczono. Aby nic więcej nie przychodziło, naciśnij przycisk tutaj:",
        ),
    }
)
LANGUAGES = frozenset(_LANGUAGES)


def confirming(language: str, about: About) -> Letter:
    """The mail that asks whether the address is right."""
    words = _words(language)
    parts = (
        words.confirm_why.format(community=about.community),
        f"{words.confirm_how}\n{about.link}",
        words.confirm_not_me,
    )
    return Letter(subject=words.confirm, text=_joined(parts))


def telling(kind: NewsKind, language: str, about: About) -> Letter:
    """The mail that tells news of a kind that is told by mail."""
    words = _words(language)
    subject, why = _said(kind, words)
    parts = (
        why.format(community=about.community),
        "\n".join(part for part in (about.says, about.when) if part),
        f"{words.look}\n{about.link}",
        f"-- \n{words.stop}\n{about.stop_link}",
    )
    return Letter(subject=subject, text=_joined(parts))


def _said(kind: NewsKind, words: _Words) -> tuple[str, str]:
    match kind:
        case NewsKind.COMING:
            return words.coming, words.coming_why
        case NewsKind.STATED:
            return words.stated, words.stated_why
        case NewsKind.TAKEN_OUT:
            return words.taken_out, words.taken_out_why
        case NewsKind.IDEAS | NewsKind.SPEAK:
            raise ValueError(f"{kind} is told in the app alone")
    assert_never(kind)


def _words(language: str) -> _Words:
    return _LANGUAGES.get(language, _LANGUAGES[DEFAULT_LANGUAGE])


def _joined(parts: tuple[str, ...]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"
