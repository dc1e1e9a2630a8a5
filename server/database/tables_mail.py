"""The tables of how people are reached: addresses, what they want to hear, what they were told, what is to be sent."""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from server.database.columns import big, long


class Reach(SQLModel, table=True):
    """A person's mail address, sealed, and what it may be used for. Nothing but the mails themselves ever reads it.

    `id` is new for each address and each asking whether it is right: the secrets of the links are made of it.
    """

    __tablename__ = "reach"
    __table_args__ = (Index("ix_reach_made_ms", "made_ms"),)
    person: str = Field(primary_key=True, foreign_key="person.id")
    id: str
    sealed: str = Field(sa_column=long())
    language: str
    next_talk: int
    my_words: int
    changes: int
    confirm_hash: str = Field(unique=True)
    confirm_ends_ms: int = Field(sa_column=big())
    confirmed_ms: int | None = Field(default=None, sa_column=big(null=True))
    stop_hash: str = Field(unique=True)
    # When the mail server said that there is no such address.
    failed_ms: int | None = Field(default=None, sa_column=big(null=True))
    made_ms: int = Field(sa_column=big())


class QuietHours(SQLModel, table=True):
    """When a person wants no mail: minutes of the day in their `zone`."""

    __tablename__ = "quiet_hours"
    person: str = Field(primary_key=True, foreign_key="person.id")
    from_min: int
    to_min: int
    zone: str


class Involvement(SQLModel, table=True):
    """How a member takes part, once they have said so."""

    __tablename__ = "involvement"
    __table_args__ = (Index("ix_involvement_person", "person"),)
    community: str = Field(primary_key=True, foreign_key="community.id")
    person: str = Field(primary_key=True, foreign_key="person.id")
    communicate: int
    improve: int
    share: int
    inspire: int


class News(SQLModel, table=True):
    """Something that people are told: all who may read `room`, the whole community, or `person` alone.

    Mails are made of it in chunks: `spread_to` is the last person who was looked at, until `spread_ms`.
    """

    __tablename__ = "news"
    __table_args__ = (
        Index("ix_news_community", "community", "at_ms"),
        Index("ix_news_spread_ms", "spread_ms"),
        Index("ix_news_person", "person"),
        Index("ix_news_made_by", "made_by"),
    )
    id: str = Field(primary_key=True)
    community: str = Field(foreign_key="community.id")
    room: str | None = Field(default=None, foreign_key="room.id")
    person: str | None = Field(default=None, foreign_key="person.id")
    kind: str
    says: str = Field(sa_column=long())
    when_words: str
    made_by: str | None = Field(default=None, foreign_key="person.id")
    at_ms: int = Field(sa_column=big())
    spread_to: str = ""
    spread_ms: int | None = Field(default=None, sa_column=big(null=True))


class SeenNews(SQLModel, table=True):
    """Somebody has put news away."""

    __tablename__ = "seen_news"
    __table_args__ = (Index("ix_seen_news_person", "person"),)
    news: str = Field(primary_key=True)
    person: str = Field(primary_key=True, foreign_key="person.id")


class Outbox(SQLModel, table=True):
    """One mail to one person about one thing, whatever becomes of it. `cause` is news, or the asking by `reach.id`.

    `waiting` (with a lease: somebody is at it), `sending` (the mail server is being given it), and then `sent`,
    `failed`, `dropped` (not wanted any more) or `unsure` (whoever was sending it is gone).
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("uq_outbox_cause", "kind", "cause", "person", unique=True),
        Index("ix_outbox_state", "state", "due_ms"),
        Index("ix_outbox_person", "person"),
    )
    id: str = Field(primary_key=True)
    # None for the mail that asks whether an address is right: it is not about a community.
    community: str | None = Field(default=None, foreign_key="community.id")
    person: str = Field(foreign_key="person.id")
    kind: str
    cause: str
    at_ms: int = Field(sa_column=big())
    due_ms: int = Field(sa_column=big())
    state: str
    tries: int
    lease_ms: int = Field(sa_column=big(default=0))
    node: str = ""
    # The mail server's last number when it said no.
    said: int | None = None
    done_ms: int | None = Field(default=None, sa_column=big(null=True))
