"""Who may come in, and the lines that a community can put in words of its own on the page where people join."""

from enum import StrEnum


class Admits(StrEnum):
    """Whom a community is for. One plain line at the door says it; nobody's date of birth is asked for or kept."""

    ADULTS = "adults"  # 18 and over
    SIXTEEN = "sixteen"  # 16 and over
    YOUNG = "young"  # also below 16


class DoorLine(StrEnum):
    """A line of the page where people join that is in the community's own words where it has written some.

    Left empty, it is in the interface's words, and so in each reader's language. Facts that the server keeps to (whom
    it is for, how long words are kept) are none of these: they are drawn from the settings, and can't say otherwise.
    """

    INVITES = "invites"  # who invites; `{name}` and `{place}` are put in
    ASK = "ask"  # the question above the field for the name
    ASK_HELP = "ask_help"
    COME = "come"  # above the row of standings
    SEES = "sees"  # who will see what one writes
    LIMIT = "limit"  # what can't be kept between us
    NOT_FOR = "not_for"  # what this is not
    VALUES = "values"  # above what is asked of each other
    YES = "yes"  # what pressing "Join in" says
