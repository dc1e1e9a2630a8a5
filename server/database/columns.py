"""What all tables share: how keys and indexes are called, and the kinds of column that both databases have."""

from sqlalchemy import BigInteger, Column, Text, text
from sqlmodel import SQLModel

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING


def big(*, null: bool = False, default: int | None = None) -> Column[int]:
    """A number as large as any time or count."""
    return Column(BigInteger, nullable=null, server_default=None if default is None else text(str(default)))


def long(*, null: bool = False) -> Column[str]:
    """Text of any length."""
    return Column(Text, nullable=null)


def text_column(default: str) -> Column[str]:
    """Text that an older node, which knows nothing of it, leaves as `default`."""
    return Column(Text, nullable=False, server_default=default)
