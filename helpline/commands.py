"""What an operator types: `python -m helpline.commands <command>`."""

import getpass
import secrets
import sys

import click
import flask_migrate
from flask import Flask

from helpline import (
    directory_commands,
    message_commands,
    operation_commands,
    phone_numbers,
    planning_commands,
    record_commands,
    sample_data,
)
from helpline.accounts import staff
from helpline.accounts.models import Role
from helpline.app import create_app
from helpline.clock import now
from helpline.confidentiality import keys
from helpline.database import transaction
from helpline.directory import indexing, services
from helpline.settings import SettingsError, settings_as_markdown


@click.group()
def main() -> None:
    """Look after a helpline system."""


for _each in (
    *record_commands.COMMANDS,
    *message_commands.COMMANDS,
    *planning_commands.COMMANDS,
    *operation_commands.COMMANDS,
    *directory_commands.COMMANDS,
):
    main.add_command(_each)


# Officers are invited to their force by an administrator.
_STAFF_ROLES = [role.value for role in Role if role is not Role.police_partner]


def _app() -> Flask:
    try:
        return create_app()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


@main.command()
def migrate() -> None:
    """Bring the database to the newest form."""
    with _app().app_context():
        _bring_up_to_date()
    click.echo("The database is up to date.")


def _bring_up_to_date() -> None:
    flask_migrate.upgrade()
    with transaction() as session:
        indexing.catch_up(session)


@main.command("sample-data")
def load_sample_data() -> None:
    """Fill a training instance with made-up people and contacts. Twice does no harm."""
    app = _app()
    if not app.config["TRAINING"]:
        raise click.ClickException("Sample data is for training instances only (TRAINING=1).")
    with app.app_context(), transaction() as session:
        click.echo(sample_data.load(session, at=now()))


@main.command("make-ready")
def make_ready() -> None:
    """Do all that comes before a start on one's own machine, and print who can sign in.

    One command, because to load the helpline takes longer than any of the steps.
    """
    app = _app()
    with app.app_context():
        _bring_up_to_date()
        if app.config["TRAINING"]:
            with transaction() as session:
                sample_data.load(session, at=now())
            click.echo(sample_data.sign_ins())


@main.command("load-services")
def load_services() -> None:
    """Load the services that come with the system. What people changed here stays as it is."""
    with _app().app_context(), transaction() as session:
        changed = services.load_first(session, at=now())
    click.echo(f"{changed} services added or renewed. Each says whether it is to be verified.")


@main.command("change-keys")
def change_keys() -> None:
    """Lock with the newest key what an older one still locks. May be stopped and started again."""
    with _app().app_context():
        changed = keys.change_keys(_show_progress)
        with transaction() as session:
            needed = keys.still_needed(session)
            keys.forget_unneeded(session)
    click.echo(f"Done: {changed} values locked again.")
    for setting, key_ids in needed.items():
        click.echo(f"Keys that {setting} still needs: {', '.join(sorted(key_ids)) or 'none'}")
    click.echo("Restart every process with these settings before you take an old key out of them.")


def _show_progress(store: str, changed: int) -> None:
    click.echo(f"  {store}: {changed} so far")


@main.command("settings-doc")
def settings_doc() -> None:
    """Print docs/settings.md."""
    sys.stdout.write(settings_as_markdown())


@main.command("add-staff")
@click.argument("email")
@click.argument("name")
@click.option("--role", type=click.Choice(_STAFF_ROLES), required=True)
@click.option("--phone", help="The phone that rings for calls, like 07700 900123.")
def add_staff(email: str, name: str, role: str, phone: str | None) -> None:
    """Add a member of staff. Asks for a password; an empty one makes a random one."""
    app = _app()
    password = getpass.getpass("Password (empty: make one): ") if sys.stdin.isatty() else ""
    made = password or secrets.token_urlsafe(15)
    try:
        with app.app_context(), transaction() as session:
            number = phone_numbers.read(phone) if phone else None
            staff.add(session, email, name, Role(role), made, number, at=now())
    except (phone_numbers.NotANumberError, staff.CannotAddError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Added {name}." + ("" if password else f" Password: {made}"))


if __name__ == "__main__":
    main()
