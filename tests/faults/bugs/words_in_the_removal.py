"""The event of a removal says what was removed, so that moderators may look it up."""

from rooms import room
from rooms.commands import PostMessage
from rooms.events import MessagePosted, MessageRemoved
from rooms.ids import MessageId


class MessageRemovedWithWords(MessageRemoved, frozen=True, tag="message.removed"):
    """A removal that tells what it took."""

    text: str = ""


def plant() -> None:
    """Remember what was said on this node, and repeat it when it is taken out."""
    post, remove = room._post, room._remove
    said: dict[MessageId, str] = {}

    def posted(state: object, facts: object, command: PostMessage, **more: object) -> MessagePosted:
        event = post(state, facts, command, **more)  # type: ignore[arg-type]
        said[event.message] = event.text or ""
        return event

    def removed(state: object, facts: object, command: object, **more: object) -> MessageRemoved | None:
        event = remove(state, facts, command, **more)  # type: ignore[arg-type]
        if event is None or event.message not in said:
            return event
        return MessageRemovedWithWords(message=event.message, by=event.by, text=said[event.message])

    room._post, room._remove = posted, removed
