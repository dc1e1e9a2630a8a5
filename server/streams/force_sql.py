"""Which roles of the team have force, in SQL: the one condition by which every statement that reads roles goes.

Where passkeys are required, a role is nothing but a row for whoever has none: what is decided, read, followed or listed
goes by the roles that this lets through. So there is no second way, by another session or another line, to use one.
"""

# Whoever has a row in one of these has shown in earnest who they are. A sign-in that counts like a passkey, such as an
# organisation's, is a table more, with a column `person`; its sessions are marked by `sessions_sql.prove`.
PROOFS = ("passkey",)


def has_proof(person: str) -> str:
    """The condition that somebody has a passkey, or what counts like one; `person` is a column."""
    return "(" + " OR ".join(f"EXISTS (SELECT 1 FROM {one} WHERE {one}.person = {person})" for one in PROOFS) + ")"


def in_force(person: str) -> str:
    """The condition that the roles of somebody have force; `person` is a column."""
    return f"(NOT PASSKEYS_REQUIRED() OR {has_proof(person)})"
