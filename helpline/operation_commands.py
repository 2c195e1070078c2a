"""What an operator types to back up, to restore, and to see whether all is well."""

import os
import sys
from pathlib import Path

import click
import psycopg

from helpline.app import create_app
from helpline.clock import now
from helpline.database import listening_address
from helpline.encryption import read_key
from helpline.operations import backups, checks
from helpline.operations.backups import BackupError
from helpline.operations.sealed_file import SealBrokenError
from helpline.settings import Settings, SettingsError, read_settings

_file = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.command("backup")
@_file
def backup(file: Path) -> None:
    """Write a locked backup of the whole database to FILE, while the line goes on."""
    settings, key = _settings()
    try:
        made = backups.back_up(listening_address(settings), key, file, at=now())
    except (BackupError, psycopg.Error, OSError) as error:
        raise click.ClickException(_words(error)) from None
    click.echo(f"{made.rows:,} rows of {len(made.tables)} tables are in {file}.")
    click.echo("It opens only with BACKUP_KEY, and its words only with TEXT_KEYS and VAULT_KEYS.")


@click.command("restore")
@_file
def restore(file: Path) -> None:
    """Restore FILE into the empty database of DATABASE_URL, and compare it with what it was."""
    settings, key = _settings()
    try:
        made = backups.restore(listening_address(settings), key, file)
    except (BackupError, SealBrokenError, psycopg.Error, OSError) as error:
        raise click.ClickException(_words(error)) from None
    click.echo(f"{made.rows:,} rows, as they were at {made.made_at}. Every table is the same.")
    click.echo("Run audit-verify, then start web, live and worker.")


@click.command("restore-drill")
@_file
def restore_drill(file: Path) -> None:
    """Restore FILE beside the real database, compare every table, and forget the copy."""
    settings, key = _settings()
    try:
        with backups.drilled(listening_address(settings), key, file) as (made, _):
            click.echo(f"{made.rows:,} rows of {made.made_at} came back. Every table is the same.")
    except (BackupError, SealBrokenError, psycopg.Error, OSError) as error:
        raise click.ClickException(_words(error)) from None


@click.command("check")
def check() -> None:
    """Check this deployment: keys, database, workers, queues, clocks, numbers, webhooks, TLS."""
    try:
        app = create_app()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    with app.app_context():
        results = checks.everything(app.extensions["helpline_settings"], at=now())
    for each in results:
        sign = click.style(" ok ", bg="green", fg="black", bold=True)
        if not each.is_good:
            sign = click.style(" NO ", bg="red", fg="white", bold=True)
        click.echo(f"{sign} {each.what}: {each.words}")
    sys.exit(0 if all(each.is_good for each in results) else 1)


def _settings() -> tuple[Settings, bytes]:
    os.umask(0o077)
    try:
        settings = read_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    if not settings.backup_key:
        raise click.ClickException("BACKUP_KEY is not set: docs/deploying.md says how to make one.")
    return settings, read_key(settings.backup_key)


def _words(error: Exception) -> str:
    """Say what failed; an error of the database may quote its address or a row."""
    is_ours = isinstance(error, BackupError | SealBrokenError)
    return str(error) if is_ours else f"The database or the file failed ({type(error).__name__})"


COMMANDS = (backup, restore, restore_drill, check)
