"""Which roles of the team have force, in SQL: the one condition by which every statement that reads roles goes.

Where passkeys are required, a role is nothing but a row for whoever has none: what is decided, read, followed or listed
goes by the roles that this lets through. So there is no second way, by another session or another line, to use one.
"""


def has_proof(person: str) -> str:
    """The condition that somebody has a passkey; `person` is a column."""
    return f"EXISTS (SELECT 1 FROM passkey WHERE passkey.person = {person})"


def in_force(person: str) -> str:
    """The condition that the roles of somebody have force; `person` is a column."""
    return f"(NOT PASSKEYS_REQUIRED() OR {has_proof(person)})"
