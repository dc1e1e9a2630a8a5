"""The one door to SQL: tables, migrations, and units of work that run alike on SQLite and PostgreSQL."""
