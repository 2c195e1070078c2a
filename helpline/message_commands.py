"""Commands about Message Home: the proof of what left, and that nothing else did."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit
from helpline.app import create_app
from helpline.clock import now
from helpline.database import db, transaction
from helpline.messages import proving, threads
from helpline.messages.models import Thread
from helpline.settings import SettingsError

_FAULTS_FOUND = 1


@click.group("message-home")
def message_home() -> None:
    """Prove what was sent in a thread, and that nothing else was."""


@message_home.command()
def check() -> None:
    """Check every thread: each thing that left was agreed, approved and recorded; nothing else."""
    faults = 0
    checked = 0
    with _opened() as session:
        for _, found in proving.check_all(session):
            checked += 1
            for fault in found:
                click.echo(f"{fault.thread}: {fault.what}.")
            faults += len(found)
    if faults:
        click.echo(f"{checked} threads checked, {faults} faults.")
        sys.exit(_FAULTS_FOUND)
    click.echo(f"{checked} threads checked. Nothing left that was not agreed and recorded.")


@message_home.command()
@click.argument("reference")
def export(reference: str) -> None:
    """Print what each side of a thread was sent, when, and on what it rests. No words, no names."""
    with _opened() as session:
        thread = session.scalar(
            sa.select(Thread).where(Thread.reference == threads.plain_reference(reference))
        )
        if thread is None:
            raise click.ClickException("No thread has this reference.")
        audit.note(session, audit.Act.message_proof_made, at=now(), about=thread.id)
        click.echo(json.dumps(proving.export(session, thread, at=now()), indent=2))


COMMANDS = (message_home,)


@contextmanager
def _opened() -> Iterator[Session]:
    try:
        app = create_app()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    with app.app_context():
        try:
            with transaction() as session:
                yield session
        finally:
            db.session.remove()
            db.engine.dispose()
