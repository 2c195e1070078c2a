"""Commands about the record of who did what, retention, and rights. The rules are elsewhere."""

import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit_chain
from helpline.accounts.models import Role, StaffMember
from helpline.app import create_app
from helpline.audit_chain import Head
from helpline.clock import now
from helpline.contacts.models import Caller
from helpline.database import db, transaction
from helpline.retention import (
    answers,
    application_role,
    erasure,
    forgetting,
    holds,
    jobs,
    periods,
    requests,
)
from helpline.retention.models import AskedBy, RightsKind, RightsRequest, Verified
from helpline.settings import SettingsError

_FAULTS_FOUND = 1
_REFUSALS = (
    requests.RequestRefusedError,
    erasure.ErasureRefusedError,
    holds.HoldRefusedError,
)

_who = click.option(
    "--as",
    "email",
    required=True,
    help="E-mail address of the data-protection officer who decided.",
)
_asked_by = click.option(
    "--asked-by",
    type=click.Choice([each.value for each in sorted(requests.ANSWERED)]),
    default=AskedBy.themselves.value,
    show_default=True,
)
_verified = click.option(
    "--verified",
    type=click.Choice([each.value for each in Verified if each is not Verified.not_verified]),
    required=True,
    help="How it was made sure that it is them.",
)


@click.command("audit-verify")
@click.option("--noted", help="An end of the chain noted earlier, elsewhere: 1234:<hash>.")
def audit_verify(noted: str | None) -> None:
    """Check the record of who did what. Names each row that was changed, removed or put in."""
    try:
        head = Head.read(noted) if noted else None
    except ValueError:
        raise click.ClickException("Write what was noted as 1234:<hash>.") from None
    report = audit_chain.Report()
    with _open() as session:
        for report in audit_chain.verify(session, noted=head):
            click.echo(f"  checked up to place {report.head.number}", err=True)
    for fault in report.faults:
        click.echo(f"Row {fault.entry_id} {fault.what}." if fault.entry_id else f"{fault.what}.")
    if report.first > 1:
        click.echo(f"The chain begins at place {report.first}: what came before was over.")
    click.echo(f"{report.not_sealed_yet} rows are not sealed yet.")
    click.echo(f"The end of the chain, to be noted elsewhere: {report.head}")
    if report.faults:
        click.echo(f"{len(report.faults)} faults. The record was tampered with.")
        sys.exit(_FAULTS_FOUND)
    click.echo("The record is whole.")


@click.command("forget")
@click.option("--dry-run", is_flag=True, help="Say what is due and change nothing.")
def forget(*, dry_run: bool) -> None:
    """Forget everything whose period is over. The worker does so every hour by itself."""
    with _app():
        if dry_run:
            _say_what_is_due()
            return
        gone = jobs.forget(at=now(), tell=lambda rule, rows: click.echo(f"  {rule}: {rows} rows"))
    if not gone:
        raise click.ClickException("A worker is forgetting at this moment. Try again later.")
    click.echo(f"Done: {sum(gone.values())} rows forgotten.")


@click.command("legal-hold")
@click.argument("reference")
@_who
@click.option("--why", help="Why all about this caller must be kept.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day. Without: no end.")
@click.option("--lift", is_flag=True, help="Lift every hold on this caller instead.")
def legal_hold(
    reference: str, email: str, why: str | None, until: datetime | None, *, lift: bool
) -> None:
    """Keep all about a caller from being forgotten or erased, or lift that."""
    with _open() as session, _plainly():
        officer, caller = _officer(session, email), _caller(session, reference, email)
        if lift:
            for hold in holds.in_force(session, caller.id, at=now()):
                holds.lift(session, hold, by=officer, at=now())
        else:
            last = until.date() if until is not None else None
            wanted = holds.Wanted(why or "", last, uuid.uuid4())
            holds.place(session, caller, wanted, by=officer, at=now())
    click.echo("Lifted." if lift else "Held.")


@click.command("erase")
@click.argument("reference")
@_who
@_asked_by
@_verified
@click.option("--do-it", is_flag=True, help="Really erase. Without: only say what would go.")
def erase(reference: str, email: str, asked_by: str, verified: str, *, do_it: bool) -> None:
    """Erase all about one caller, for good."""
    with _open() as session, _plainly():
        officer, caller = _officer(session, email), _caller(session, reference, email)
        plan = erasure.plan(session, caller, at=now())
        for table, rows in sorted(plan.rows.items()):
            click.echo(f"  {table}: {rows}")
        for kept in plan.stays:
            click.echo(f"  stays: {kept}")
        for hindrance in plan.hindered_by:
            click.echo(f"  hindered: {hindrance}")
        if do_it:
            asked = _log(session, RightsKind.erasure, reference, officer, asked_by, verified)
            answers.erase(session, asked, officer, at=now())
    click.echo("Erased." if do_it else "Nothing was changed. Add --do-it to erase.")


@click.command("subject-access")
@click.argument("reference")
@_who
@_asked_by
@_verified
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), required=True)
def subject_access(reference: str, email: str, asked_by: str, verified: str, to: Path) -> None:
    """Write all we hold about one caller into a file (zip) that contains nobody else."""
    with _open() as session, _plainly():
        officer = _officer(session, email)
        asked = _log(session, RightsKind.subject_access, reference, officer, asked_by, verified)
        stored = answers.give(session, asked, officer, at=now()).as_zip()
        answers.handed_over(session, asked, officer, at=now())
        # Before anything counts as handed over: without the file, nothing is.
        _write_for_oneself(to, stored)
    click.echo(f"Written to {to}. One part must be read by a person first: it says which.")


@click.command("database-role")
@click.argument("name")
def database_role(name: str) -> None:
    """Print the SQL that lets a database role run the helpline and not touch its record."""
    try:
        click.echo(application_role.grants(name))
    except application_role.BadNameError as error:
        raise click.ClickException(str(error)) from None


COMMANDS = (audit_verify, forget, legal_hold, erase, subject_access, database_role)


@contextmanager
def _app() -> Iterator[None]:
    try:
        app = create_app()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    with app.app_context():
        try:
            yield
        finally:
            db.session.remove()
            db.engine.dispose()


@contextmanager
def _open() -> Iterator[Session]:
    with _app(), transaction() as session:
        yield session


@contextmanager
def _plainly() -> Iterator[None]:
    """Say a refusal in its own words; nothing is changed then."""
    try:
        yield
    except _REFUSALS as error:
        raise click.ClickException(f"{error}.") from None


def _write_for_oneself(to: Path, stored: bytes) -> None:
    """Write a new file that nobody else may read; what is there already stays as it is."""
    try:
        opened = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise click.ClickException(f"{to} can't be written: {error.strerror}.") from None
    with os.fdopen(opened, "wb") as out:
        out.write(stored)
        out.flush()
        os.fsync(out.fileno())


def _say_what_is_due() -> None:
    with transaction() as session:
        for name, due in (
            ("identified_person", forgetting.due_persons(now(), is_identified=True)),
            ("unidentified_person", forgetting.due_persons(now(), is_identified=False)),
            ("number", forgetting.due_numbers(now())),
        ):
            counted = sa.select(sa.func.count()).select_from(due.order_by(None).subquery())
            click.echo(f"{name} ({periods.periods()[name]}): {session.scalar(counted)} due")


def _officer(session: Session, email: str) -> uuid.UUID:
    found = session.scalar(
        sa.select(StaffMember).where(
            StaffMember.email == email.strip().lower(),
            StaffMember.role == Role.data_protection_officer,
            StaffMember.is_active,
        )
    )
    if found is None:
        raise click.ClickException("No data-protection officer has this e-mail address.")
    return found.id


def _caller(session: Session, reference: str, email: str) -> Caller:
    officer = _officer(session, email)
    found = requests.find_caller(session, reference, by=officer, at=now())
    if found is None:
        raise click.ClickException("Nobody has this reference.")
    return found


def _log(  # noqa: PLR0913, PLR0917 - each is a fact of the request
    session: Session,
    kind: RightsKind,
    reference: str,
    officer: uuid.UUID,
    asked_by: str,
    verified: str,
) -> RightsRequest:
    asked = requests.Asked(kind, AskedBy(asked_by), Verified(verified), reference, uuid.uuid4())
    return requests.log_request(session, asked, by=officer, at=now())
