"""What Alembic runs for each migration command. The connection comes from `server.database.migrate`."""

from typing import Literal

from alembic import context
from sqlmodel.sql.sqltypes import AutoString

from server.database.tables import METADATA


def plain_types(kind: str, thing: object, _context: object) -> str | Literal[False]:
    """Write plain SQLAlchemy types, so that a migration needs nothing of ours to run."""
    if kind == "type" and isinstance(thing, AutoString):
        return "sa.String()"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    render_item=plain_types,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
