"""Run migrations against the application's own database."""

from logging.config import fileConfig

from alembic import context
from flask import current_app

if context.config.config_file_name and current_app.config.get("MIGRATIONS_MAY_SET_LOGGING"):
    fileConfig(context.config.config_file_name)

extension = current_app.extensions["migrate"]


def run() -> None:
    """Apply the migrations over one connection, each in a transaction of its own."""
    with extension.db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=extension.db.metadata,
            transaction_per_migration=True,
            **extension.configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("Migrations need the database: run them with `helpline migrate`.")
run()
