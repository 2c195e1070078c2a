"""The database's form: the migrations make what the models say, and lead down again."""

from collections.abc import Iterator
from pathlib import Path

import flask_migrate
import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from helpline.app import MIGRATIONS, create_app
from helpline.clock import now
from helpline.contacts.models import Contact
from helpline.database import db, transaction
from helpline.sms import inbox
from helpline.sms.models import Text
from tests.helpline import making
from tests.system import System


def tables(address: str) -> set[str]:
    with psycopg.connect(address) as connection:
        rows = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
    return {str(row[0]) for row in rows}


def leftovers(address: str) -> list[str]:
    """Name everything but tables that a migration may have left behind."""
    with psycopg.connect(address) as connection:
        rows = connection.execute(
            "SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
            "LEFT JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e' "
            "WHERE n.nspname = 'public' AND d.objid IS NULL "
            "UNION ALL SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' "
            "UNION ALL SELECT typname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace "
            "WHERE n.nspname = 'public' AND typtype = 'e'"
        ).fetchall()
    return [str(row[0]) for row in rows]


@pytest.fixture
def empty(running_system: System) -> Iterator[tuple[Flask, str]]:
    """Give an application over a database of its own in the same server."""
    server = running_system.listening_address
    name = "migrations"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        connection.execute(f"CREATE DATABASE {name}".encode())
    address = psycopg.conninfo.make_conninfo(server, dbname=name)
    url = sa.make_url(running_system.database).set(database=name)
    plain = url.render_as_string(hide_password=False)
    app = create_app(running_system.settings.model_copy(update={"database_url": plain}))
    with app.app_context():
        yield app, address
        db.session.remove()
        db.engine.dispose()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def test_there_is_one_way_through_the_migrations() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1
    names = sorted(path.name for path in Path(MIGRATIONS, "versions").glob("*.py"))
    assert all(name[:4].isdigit() for name in names), "numbered, so that their order is seen"


def test_the_models_say_what_the_migrations_make(empty: tuple[Flask, str]) -> None:
    flask_migrate.upgrade()
    # Raises, and says what differs, where a model changed and no migration was written.
    command.check(flask_migrate.Migrate.get_config(_migrate(empty[0]), directory=None))


def _migrate(app: Flask) -> flask_migrate.Migrate:
    found: flask_migrate.Migrate = app.extensions["migrate"].migrate
    return found


def test_up_and_down_again_leaves_an_empty_database(empty: tuple[Flask, str]) -> None:
    _, address = empty
    flask_migrate.upgrade()
    made = tables(address)
    assert {"contact", "text", "promise", "vault_entry", "audit_entry"} <= made
    flask_migrate.downgrade(revision="base")
    assert tables(address) == {"alembic_version"}
    assert leftovers(address) == []
    flask_migrate.upgrade()
    assert tables(address) == made


def test_every_step_can_be_taken_back_alone(empty: tuple[Flask, str]) -> None:
    _, address = empty
    revisions = list(ScriptDirectory(str(MIGRATIONS)).walk_revisions())[::-1]
    for revision in revisions:
        before = tables(address)
        flask_migrate.upgrade(revision=revision.revision)
        after = tables(address)
        flask_migrate.downgrade(revision=revision.down_revision or "base")
        assert tables(address) - {"alembic_version"} == before - {"alembic_version"}
        flask_migrate.upgrade(revision=revision.revision)
        assert tables(address) == after


def test_a_filled_database_goes_down_and_up_and_what_is_older_stays(
    empty: tuple[Flask, str],
) -> None:
    flask_migrate.upgrade()
    with transaction() as session:
        inbox.text_arrived(session, making.incoming("before the change"), at=now())
    revisions = list(ScriptDirectory(str(MIGRATIONS)).walk_revisions())
    first = revisions[-1].revision
    if len(revisions) > 1:
        flask_migrate.downgrade(revision=first)
        flask_migrate.upgrade()
    with transaction() as session:
        assert [text.words for text in session.scalars(sa.select(Text))] == ["before the change"]
        assert len(session.scalars(sa.select(Contact)).unique().all()) == 1
    db.session.remove()
    flask_migrate.downgrade(revision="base")
    assert tables(empty[1]) == {"alembic_version"}


def test_upgrading_twice_changes_nothing(empty: tuple[Flask, str]) -> None:
    flask_migrate.upgrade()
    flask_migrate.upgrade()
    with db.engine.connect() as connection:
        heads = MigrationContext.configure(connection).get_current_heads()
    assert list(heads) == ScriptDirectory(str(MIGRATIONS)).get_heads()
