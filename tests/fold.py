"""A room as one person sees it, folded from what is on the wire: small, plain, and independent of the browser's.

It is what the protocol page promises a client that it can do.
"""

from dataclasses import dataclass
from typing import Any

Wire = dict[str, Any]


@dataclass(slots=True)
class View:
    """Everything there is to see, and where on the stream it stands."""

    me: str
    epoch: str
    seq: int
    rev: int
    room: Wire
    messages: dict[str, Wire]
    mine: Wire

    @property
    def unread(self) -> int:
        """Messages by others, not removed, after my place."""
        own = set(self.mine["own"])
        others = [m for m in self.messages.values() if m["author"].get("person") != self.me and m["message"] not in own]
        return sum(m["seq"] > self.mine["read_seq"] and "removed" not in m for m in others)

    @property
    def page(self) -> list[Wire]:
        """The messages in the order of the page, answers under what they answer."""
        placed = sorted(self.messages.values(), key=lambda m: (m["after"], m["seq"]))
        return [
            {**top, "replies": [m for m in placed if m.get("reply_to") == top["message"]]}
            for top in placed
            if "reply_to" not in top
        ]


def begin(me: str, following: Wire) -> View:
    """What a snapshot shows."""
    snapshot, mine = following["snapshot"], following["mine"]
    page = snapshot["page"]
    assert page.get("earlier") is None, "a scenario fits on one page"
    messages = {m["message"]: dict(m) for m in (*page["messages"], *page["replies"])}
    return View(
        me=me,
        epoch=following["epoch"],
        seq=following["seq"],
        rev=snapshot["rev"],
        room=dict(snapshot["room"]),
        messages=messages,
        mine={**mine, "reactions": {m: set(signs) for m, signs in mine["reactions"].items()}, "own": set(mine["own"])},
    )


def fold(view: View, item: Wire) -> View:
    """The view after one item. It is changed in place and given back."""
    match item["t"]:
        case "following" if item["resumed"]:
            _stand_anew(view, item["mine"])
        case "following":
            return begin(view.me, item)
        case "event" if item["stream"].startswith("room:"):
            assert item["seq"] == view.seq + 1, "no hole and no repeat"
            view.seq = item["seq"]
            _happened(view, item)
        case "tallies":
            _tallied(view, item["tallies"])
        case "event" | "signal":
            _told(view, item["event" if item["t"] == "event" else "signal"])
    return view


def _stand_anew(view: View, mine: Wire) -> None:
    """My rights and my name anew; what I gave and said is known already and further back than one page may be."""
    kept = {name: view.mine[name] for name in ("reactions", "own")}
    view.mine = {**mine, **kept}


def _happened(view: View, item: Wire) -> None:
    event = item["event"]
    match event["t"]:
        case "message.posted":
            view.messages[event["message"]] = _message(item)
        case "message.edited":
            _edited(view.messages[event["message"]], item)
        case "message.removed":
            view.messages[event["message"]] = _gone(view.messages[event["message"]], event["by"])
        case "author.erased":
            theirs = [name for name, one in view.messages.items() if one["author"].get("person") == event["person"]]
            _erase(view, theirs)
        case "messages.erased":
            _erase(view, event["messages"])
        case "room.renamed":
            view.room |= {"title": event["title"], "purpose": event["purpose"]}
        case "room.visibility_set":
            view.room["visibility"] = event["visibility"]
        case "room.hidden_names_set":
            view.room["hide_names"] = event["on"]
        case "room.closed" | "room.reopened":
            view.room["closed"] = event["t"] == "room.closed"


def _message(item: Wire) -> Wire:
    event = item["event"]
    shown = {name: event[name] for name in ("message", "author", "text", "reply_to", "mentions") if name in event}
    return {**shown, "seq": item["seq"], "after": event.get("after", item["seq"]), "at_ms": item["at_ms"]}


def _edited(message: Wire, item: Wire) -> None:
    event = item["event"]
    if "text" not in event or "removed" in message:
        return  # it has been removed meanwhile, and the event that says so follows
    message |= {"text": event["text"], "edited_ms": item["at_ms"]}
    message.pop("mentions", None)
    if event.get("mentions"):
        message["mentions"] = event["mentions"]


def _gone(message: Wire, by: str) -> Wire:
    kept: Wire = {name: message[name] for name in ("message", "seq", "after", "at_ms", "reply_to") if name in message}
    return {**kept, "author": {}, "removed": by}


def _erase(view: View, messages: list[str]) -> None:
    for name in messages:
        view.messages[name] = _gone(view.messages[name], "erased")


def _told(view: View, what: Wire) -> None:
    match what["t"]:
        case "tally.changed":
            assert what["since"] <= view.rev, "no tally was missed"
            _tallied(view, what)
        case "message.own":
            view.mine["own"].add(what["message"])
        case "reaction.own":
            signs = view.mine["reactions"].setdefault(what["message"], set())
            (signs.add if what["on"] else signs.discard)(what["reaction"])
        case "place.moved":
            view.mine["read_seq"] = max(view.mine["read_seq"], what["seq"])
            assert what["unread"] == view.unread


def _tallied(view: View, totals: Wire) -> None:
    view.rev = totals["rev"]
    for tally in totals["tallies"]:
        message = view.messages[tally["message"]]
        message.pop("counts", None)
        if tally["counts"] and "removed" not in message:
            message["counts"] = tally["counts"]


def shown(view: View) -> Wire:
    """What a person sees, to be compared: two views that show the same are equal."""
    mine = {name: value for name, value in view.mine.items() if name not in {"unread", "reactions", "own"}}
    reactions = {message: sorted(signs) for message, signs in view.mine["reactions"].items() if signs}
    return {
        "epoch": view.epoch,
        "seq": view.seq,
        "rev": view.rev,
        "room": view.room,
        "page": view.page,
        "unread": view.unread,
        "mine": {**mine, "reactions": reactions, "own": sorted(view.mine["own"])},
    }
