"""Commands about the directory: read services in from a file or a feed, and index them anew."""

import sys
from contextlib import suppress

import click

from helpline.app import create_app
from helpline.clock import now
from helpline.database import db, transaction
from helpline.directory import indexing
from helpline.directory.open_referral import coming_in, reading
from helpline.settings import SettingsError, read_settings

_SOME_REFUSED = 1


@click.group("directory")
def directory() -> None:
    """Read services in, and see to it that they are found."""


@directory.command("import")
@click.argument("source")
def read_in(source: str) -> None:
    """Read SOURCE, a file or a feed of Open Referral UK (3.0 or 1.0), into the directory.

    Stopped on the way, it goes on there the next time. What staff wrote or verified stays.
    """
    try:
        settings = read_settings()
        app = create_app(settings)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    with app.app_context():
        try:
            report = coming_in.read_in(source, settings.feed_hosts, at=now(), progress=_show)
        except reading.CannotReadError as error:
            raise click.ClickException(str(error)) from None
        finally:
            with suppress(Exception):
                db.session.remove()
                db.engine.dispose()
    for line in coming_in.lines_of(report):
        click.echo(line)
    if report.refused:
        sys.exit(_SOME_REFUSED)


@directory.command()
def index() -> None:
    """Make findable what is not yet; `migrate` does the same."""
    with create_app().app_context(), transaction() as session:
        click.echo(f"{indexing.catch_up(session)} services indexed.")


def _show(done: int) -> None:
    click.echo(f"  {done} records so far")


COMMANDS = (directory,)
