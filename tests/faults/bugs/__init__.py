"""Thirteen bugs to be planted in a node that is started for it, one a file. Each is a way in which a server like this
one has been got wrong; `plant` changes the classes of the process it is called in, and nothing of the product knows.
"""

NAMES = (
    "acknowledge_before_commit",
    "numbers_from_a_sequence",
    "no_gap_fetch",
    "control_messages_ignored",
    "no_dedupe",
    "dedupe_in_redis_only",
    "acl_not_compared",
    "kick_by_notice_only",
    "hidden_author_numbered",
    "words_in_the_removal",
    "queue_instead_of_cursor",
    "uvicorn_shutdown",
    "rights_before_the_lock",
)
