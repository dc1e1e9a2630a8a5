"""Mails that go nowhere: kept in memory, for the demo and for tests."""

from collections import deque

from community.ports import Mail

# A demo runs for days; the newest are what anybody looks at.
KEPT = 200


class KeptMails:
    """Keeps the newest mails, in the order in which they were sent."""

    def __init__(self) -> None:
        self.sent: deque[Mail] = deque(maxlen=KEPT)

    async def send(self, mail: Mail) -> None:
        """Keep one mail."""
        self.sent.append(mail)
