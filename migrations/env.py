"""The script that Alembic runs for a migration. There is no alembic.ini: `migrations.migrate` brings the connection."""

from alembic import context

from activities.desk import replies as replies  # its table is part of the metadata
from activities.incidents.tables import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("Migrations are run by `baton`, or in Python by migrations.migrate(url); there is no alembic.ini.")

context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
