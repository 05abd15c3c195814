"""Alembic's entry: migrations run on the connection that services.db.migrate hands over."""

from alembic import context

from services.db.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
