"""The tables, for migrations and for nobody else: rows never leave the adapters that ask for them in SQL.

Times are integers, milliseconds since 1970 by the database's clock. Words that people wrote stand in `message.text`
and `old_words.text` alone, and a line that the team told people in `news`.
"""

from sqlalchemy import BigInteger, Column, Index, Text
from sqlmodel import Field, SQLModel

from server.database import tables_mail
from server.database.columns import big, long, text_column

# Of all tables: those beside these are declared by being imported.
METADATA = tables_mail.Reach.metadata


class Server(SQLModel, table=True):
    """What this installation remembers about itself, by name."""

    __tablename__ = "server"
    name: str = Field(primary_key=True)
    value: str = Field(sa_column=long())


class Community(SQLModel, table=True):
    """People with a purpose; lists are JSON."""

    __tablename__ = "community"
    id: str = Field(primary_key=True)
    slug: str = Field(unique=True)
    name: str
    purpose: str = Field(sa_column=long())
    vows: str = Field(sa_column=long())
    commitments: str = Field(sa_column=long())
    standings: str = Field(sa_column=long())
    runs_it: str
    contact: str
    kept_days: int
    made_ms: int = Field(sa_column=big())
    admits: str = Field(sa_column=text_column("adults"))
    lead: str = Field(sa_column=text_column(""))
    lead_contact: str = Field(sa_column=text_column(""))
    # Lines at the door in the community's own words, by name, as JSON.
    door: str = Field(sa_column=text_column("{}"))
    # When its keepers had seen enough of the steps of setting up.
    set_up_ms: int | None = Field(default=None, sa_column=big(null=True))


class Person(SQLModel, table=True):
    """Someone with an identity, and nothing else known of them."""

    __tablename__ = "person"
    id: str = Field(primary_key=True)
    made_ms: int = Field(sa_column=big())


class Member(SQLModel, table=True):
    """A person's place in one community. `name_key` is the name as compared: two members never look alike."""

    __tablename__ = "member"
    __table_args__ = (
        Index("uq_member_name", "community", "name_key", unique=True),
        Index("ix_member_person", "person"),
    )
    community: str = Field(primary_key=True, foreign_key="community.id")
    person: str = Field(primary_key=True, foreign_key="person.id")
    name: str
    name_key: str
    standing: str | None = None
    shows_standing: int = Field(sa_column=big(default=0))
    joined_ms: int = Field(sa_column=big())
    accepted_ms: int | None = Field(default=None, sa_column=big(null=True))
    left_ms: int | None = Field(default=None, sa_column=big(null=True))
    # Who left because a keeper took them out does not come in again by an organisation's sign-in.
    removed_ms: int | None = Field(default=None, sa_column=big(null=True))
    muted_until_ms: int = Field(sa_column=big(default=0))
    here_ms: int | None = Field(default=None, sa_column=big(null=True))
    invitation: str | None = None


class Role(SQLModel, table=True):
    """A role held, in the community (`room` empty) or in one room. Being a member needs no row."""

    __tablename__ = "role"
    __table_args__ = (Index("ix_role_person", "person"),)
    community: str = Field(primary_key=True, foreign_key="community.id")
    person: str = Field(primary_key=True, foreign_key="person.id")
    role: str = Field(primary_key=True)
    room: str = Field(primary_key=True, default="")


class VouchedRole(SQLModel, table=True):
    """A role of the community that came by a group of an organisation's sign-in, and goes with the group.

    Without the row in `role` beside it, a keeper has taken the role since: the group does not give it again.
    """

    __tablename__ = "vouched_role"
    community: str = Field(primary_key=True, foreign_key="community.id")
    person: str = Field(primary_key=True, foreign_key="person.id")
    role: str = Field(primary_key=True)


class Identity(SQLModel, table=True):
    """Who comes in by an organisation's sign-in is this person. No name and no address of theirs is kept.

    One that was disconnected (`ended_ms`) is nobody's way in. It stays, so that whoever was taken out is known again.
    """

    __tablename__ = "identity"
    __table_args__ = (Index("ix_identity_person", "person"),)
    hashed: str = Field(primary_key=True)
    person: str = Field(foreign_key="person.id")
    made_ms: int = Field(sa_column=big())
    used_ms: int = Field(sa_column=big())
    ended_ms: int | None = Field(default=None, sa_column=big(null=True))


class SpentSignIn(SQLModel, table=True):
    """A sign-in at an organisation that has come back here, and does not work a second time."""

    __tablename__ = "spent_sign_in"
    __table_args__ = (Index("ix_spent_sign_in_ends_ms", "ends_ms"),)
    hashed: str = Field(primary_key=True)
    ends_ms: int = Field(sa_column=big())


class AskedRole(SQLModel, table=True):
    """A role that somebody came for by a link, and has once a keeper has said yes, with the standing beside it.

    `room` as in `role`.
    """

    __tablename__ = "asked_role"
    community: str = Field(primary_key=True, foreign_key="community.id")
    person: str = Field(primary_key=True, foreign_key="person.id")
    role: str = Field(primary_key=True)
    room: str = Field(primary_key=True, default="")
    standing: str | None = None
    invitation: str = Field(foreign_key="invitation.id")
    at_ms: int = Field(sa_column=big())


class Room(SQLModel, table=True):
    """One place to talk, as it is listed; what the rules need is on its stream's row."""

    __tablename__ = "room"
    __table_args__ = (Index("uq_room_slug", "community", "slug", unique=True),)
    id: str = Field(primary_key=True)
    community: str = Field(foreign_key="community.id")
    slug: str
    title: str
    purpose: str = Field(sa_column=long())
    visibility: str
    hide_names: int
    closed_ms: int | None = Field(default=None, sa_column=big(null=True))
    made_ms: int = Field(sa_column=big())
    # Shorter than the community's, or as long where there is none.
    kept_days: int | None = None


class RoomMember(SQLModel, table=True):
    """Someone let into an invited room."""

    __tablename__ = "room_member"
    __table_args__ = (Index("ix_room_member_person", "person"),)
    room: str = Field(primary_key=True, foreign_key="room.id")
    person: str = Field(primary_key=True, foreign_key="person.id")
    since_ms: int = Field(sa_column=big())


class Invitation(SQLModel, table=True):
    """A way in. The secret itself is kept nowhere."""

    __tablename__ = "invitation"
    __table_args__ = (Index("ix_invitation_community", "community"),)
    id: str = Field(primary_key=True)
    community: str = Field(foreign_key="community.id")
    kind: str
    secret_hash: str = Field(unique=True)
    role: str
    room: str | None = Field(default=None, foreign_key="room.id")
    standing: str | None = None
    label: str
    uses: int
    used: int
    ends_ms: int = Field(sa_column=big())
    revoked_ms: int | None = Field(default=None, sa_column=big(null=True))
    made_by: str = Field(foreign_key="person.id")
    made_ms: int = Field(sa_column=big())


class Session(SQLModel, table=True):
    """A signed-in device. The token is kept as its hash.

    `renew` asks for a new token at the next request; the one `before` works until the new one has arrived.
    """

    __tablename__ = "session"
    __table_args__ = (
        Index("ix_session_person", "person"),
        Index("ix_session_ends_ms", "ends_ms"),
        Index("ix_session_before_hash", "before_hash"),
    )
    id: str = Field(primary_key=True)
    token_hash: str = Field(unique=True)
    person: str = Field(foreign_key="person.id")
    shared: int
    made_ms: int = Field(sa_column=big())
    seen_ms: int = Field(sa_column=big())
    ends_ms: int = Field(sa_column=big())
    renew: int = Field(sa_column=big(default=0))
    renewed_ms: int = Field(sa_column=big(default=0))
    before_hash: str | None = None
    before_until_ms: int = Field(sa_column=big(default=0))
    # When it was let in by a way back, until the person has said that it was them.
    came_back_ms: int | None = Field(default=None, sa_column=big(null=True))
    # It was made or confirmed by a passkey, or by what counts like one.
    proven: int = Field(sa_column=big(default=0))


class Passkey(SQLModel, table=True):
    """A key on a device of the person's, with which they sign in. Its other half never leaves that device.

    `transports` is JSON: how a browser reaches the device.
    """

    __tablename__ = "passkey"
    __table_args__ = (Index("ix_passkey_person", "person"),)
    id: str = Field(primary_key=True)
    person: str = Field(foreign_key="person.id")
    credential: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    public_key: str = Field(sa_column=long())
    sign_count: int = Field(sa_column=big())
    transports: str = Field(sa_column=long())
    made_ms: int = Field(sa_column=big())
    used_ms: int | None = Field(default=None, sa_column=big(null=True))


class AnsweredChallenge(SQLModel, table=True):
    """A challenge that a passkey has answered. It is never taken again; the row goes when it would have run out."""

    __tablename__ = "answered_challenge"
    __table_args__ = (Index("ix_answered_challenge_ends_ms", "ends_ms"),)
    hash: str = Field(primary_key=True)
    ends_ms: int = Field(sa_column=big())


class SignInLink(SQLModel, table=True):
    """A one-use way in for a person, or for the first keeper (`person` empty)."""

    __tablename__ = "sign_in_link"
    secret_hash: str = Field(primary_key=True)
    person: str | None = Field(default=None, foreign_key="person.id")
    uses: int
    ends_ms: int = Field(sa_column=big())


class WayBack(SQLModel, table=True):
    """How a person comes back on another device: by a link or by four words, once. A new one takes its place.

    What used it is kept a while: the same request, sent again because its answer was lost, is let in again.
    """

    __tablename__ = "way_back"
    __table_args__ = (Index("ix_way_back_ends_ms", "ends_ms"),)
    person: str = Field(primary_key=True, foreign_key="person.id")
    link_hash: str = Field(unique=True)
    words_hash: str = Field(unique=True)
    made_ms: int = Field(sa_column=big())
    ends_ms: int = Field(sa_column=big())
    used_ms: int | None = Field(default=None, sa_column=big(null=True))
    used_nonce: str | None = None
    used_session: str | None = None


class Audit(SQLModel, table=True):
    """A privileged act, in its community's chain: who (`actor` empty: whoever runs the server), what, to whom, where.

    `details` is JSON of ids and codes, `seal` an HMAC over the row and the seal before. It names people by their ids
    and refers to no other row, so that it stays as it is when what it names goes.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_actor", "community", "actor", "number"),
        Index("ix_audit_person", "community", "person", "number"),
    )
    community: str = Field(primary_key=True)
    number: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at_ms: int = Field(sa_column=big())
    actor: str | None = None
    what: str
    person: str | None = None
    room: str | None = None
    details: str = Field(sa_column=long())
    seal: str


class AuditEnd(SQLModel, table=True):
    """Where a community's chain ends, locked by whoever adds to it; when all of it was last looked at, and the number
    of the first row that did not fit (0: none)."""

    __tablename__ = "audit_end"
    community: str = Field(primary_key=True)
    count: int = Field(sa_column=big())
    seal: str
    at_ms: int = Field(sa_column=big())
    checked_ms: int = Field(sa_column=big())
    fault: int = Field(sa_column=big())


class Stream(SQLModel, table=True):
    """The head of one numbering, and the small state that decisions on it need."""

    __tablename__ = "stream"
    id: str = Field(primary_key=True)
    community: str | None = None
    epoch: str
    head: int = Field(sa_column=big())
    tail: int = Field(sa_column=big())
    acl: int = Field(sa_column=big())
    tally_rev: int = Field(sa_column=big())
    at_ms: int = Field(sa_column=big())
    state: str = Field(sa_column=long())


class Event(SQLModel, table=True):
    """One thing that happened, without the words: `body` is JSON, `message` finds them."""

    __tablename__ = "event"
    stream: str = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at_ms: int = Field(sa_column=big())
    acl: int = Field(sa_column=big())
    body: str = Field(sa_column=long())
    message: str | None = None


class Message(SQLModel, table=True):
    """What someone said, as it stands now. `author` is always the real one; `shown` is what others may see."""

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_place", "room", "after_seq", "seq"),
        Index("ix_message_seq", "room", "seq"),
        Index("ix_message_reply_to", "reply_to", "after_seq", "seq"),
        Index("ix_message_tally_rev", "room", "tally_rev"),
        Index("ix_message_author", "author"),
    )
    id: str = Field(primary_key=True)
    room: str = Field(foreign_key="room.id")
    seq: int = Field(sa_column=big())
    after_seq: int = Field(sa_column=big())
    at_ms: int = Field(sa_column=big())
    author: str = Field(foreign_key="person.id")
    shown: str = Field(sa_column=long())
    hidden: int
    text: str | None = Field(default=None, sa_column=long(null=True))
    reply_to: str | None = None
    mentions: str = Field(sa_column=long())
    edited_ms: int | None = Field(default=None, sa_column=big(null=True))
    removed: str | None = None
    removed_ms: int | None = Field(default=None, sa_column=big(null=True))
    tally_rev: int = Field(sa_column=big(default=0))


class Mention(SQLModel, table=True):
    """Somebody was named in a message."""

    __tablename__ = "mention"
    __table_args__ = (Index("ix_mention_person", "person", "room", "seq"),)
    message: str = Field(primary_key=True, foreign_key="message.id")
    person: str = Field(primary_key=True, foreign_key="person.id")
    room: str
    seq: int = Field(sa_column=big())


class OldWords(SQLModel, table=True):
    """What stood in a message before it was edited or removed, until it is erased."""

    __tablename__ = "old_words"
    __table_args__ = (Index("ix_old_words_erase_ms", "erase_ms"),)
    message: str = Field(primary_key=True, foreign_key="message.id")
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    text: str = Field(sa_column=long())
    erase_ms: int = Field(sa_column=big())


class Reaction(SQLModel, table=True):
    """One person's one sign under one message."""

    __tablename__ = "reaction"
    __table_args__ = (Index("ix_reaction_person", "person", "message"),)
    message: str = Field(primary_key=True, foreign_key="message.id")
    person: str = Field(primary_key=True, foreign_key="person.id")
    kind: str = Field(primary_key=True)


class Nonce(SQLModel, table=True):
    """A command that was done, and its receipt. Without a fingerprint the words were erased."""

    __tablename__ = "nonce"
    stream: str = Field(primary_key=True)
    person: str = Field(primary_key=True)
    nonce: str = Field(primary_key=True)
    fingerprint: str | None = None
    receipt: str = Field(sa_column=long())


class Narrowing(SQLModel, table=True):
    """From `acl` on, `person` may see less of `stream`; an empty person means that everyone is to be asked again."""

    __tablename__ = "narrowing"
    stream: str = Field(primary_key=True)
    acl: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    person: str = Field(primary_key=True)


class ReadPlace(SQLModel, table=True):
    """How far a person has read in a room."""

    __tablename__ = "read_place"
    room: str = Field(primary_key=True, foreign_key="room.id")
    person: str = Field(primary_key=True, foreign_key="person.id")
    seq: int = Field(sa_column=big())


class Hold(SQLModel, table=True):
    """A legal hold on a room, or on the whole community (`room` empty): no words there are erased while it stands."""

    __tablename__ = "hold"
    community: str = Field(primary_key=True, foreign_key="community.id")
    room: str = Field(primary_key=True, default="")
    reason: str
    person: str = Field(foreign_key="person.id")
    since_ms: int = Field(sa_column=big())


class Erasure(SQLModel, table=True):
    """Somebody who has erased themselves. As long as it is not done, every reading hides what is still there.

    The row stays: a backup that is put back finds here whom to erase again. `counts` and the receipt's secret go when
    the receipt's time is over. `sealed` says that a hold is what it waits for.
    """

    __tablename__ = "erasure"
    __table_args__ = (Index("ix_erasure_done_ms", "done_ms"),)
    id: str = Field(primary_key=True)
    person: str = Field(unique=True, foreign_key="person.id")
    asked_ms: int = Field(sa_column=big())
    done_ms: int | None = Field(default=None, sa_column=big(null=True))
    sealed: int = Field(sa_column=big(default=0))
    counts: str = Field(sa_column=long())
    secret_hash: str | None = Field(default=None, unique=True)
    lease_ms: int = Field(sa_column=big(default=0))
    node: str = ""


class Job(SQLModel, table=True):
    """Due work, claimed with a lease so that it is done once however many nodes there are."""

    __tablename__ = "job"
    name: str = Field(primary_key=True)
    due_ms: int = Field(sa_column=big())
    every_ms: int = Field(sa_column=big())
    lease_ms: int = Field(sa_column=big(default=0))
    node: str = ""
    done_ms: int | None = Field(default=None, sa_column=big(null=True))


class Node(SQLModel, table=True):
    """A node that lives, or did until its lease ran out."""

    __tablename__ = "node"
    id: str = Field(primary_key=True)
    until_ms: int = Field(sa_column=big())
