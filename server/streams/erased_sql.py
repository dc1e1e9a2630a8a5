"""What hides the words of somebody who has erased themselves, from the first moment until they are gone from the rows.

Every reading of `message` asks it: erasing many words takes time, and a legal hold may keep them in their rows.
"""

from rooms.events import RemovedBy

# Conditions on a message's author. The table has a row for each who is being erased just now: mostly none.
ERASING = "(SELECT person FROM erasure WHERE done_ms IS NULL)"
# Who took a message out, where erasing its author counts as well.
REMOVED = f"CASE WHEN removed IS NULL AND author IN {ERASING} THEN '{RemovedBy.ERASED.value}' ELSE removed END"
