"""The proof on the command line, for anyone who runs the system."""

import json
import os
import subprocess
import sys
import uuid

import sqlalchemy as sa

from helpline.clock import now
from helpline.messages import replies
from helpline.messages.models import Message, Thread
from tests.helpline.messages import relaying
from tests.system import ROOT, System


def typed(system: System, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "helpline.commands", "message-home", *words],
        env=os.environ | system.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_check_passes_what_is_right_and_names_what_is_not(system: System) -> None:
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        _, message = relaying.delivered(session, staff)
        replies.take(session, message.party, relaying.ANSWER, uuid.uuid4(), by=staff.id, at=now())
        reference = message.party.thread.reference
    done = typed(system, "check")
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 threads checked. Nothing left that was not agreed" in done.stdout

    exported = typed(system, "export", reference.lower())
    told = json.loads(exported.stdout)
    assert [each["what"] for each in told["sent"]] == ["message"]
    assert relaying.SAFE not in exported.stdout

    with system.transaction() as session:
        session.scalars(sa.select(Message)).one().words = "Other words"
    spoilt = typed(system, "check")
    assert spoilt.returncode == 1
    assert f"{reference}: Sending 1 has other words" in spoilt.stdout
    assert "Other words" not in spoilt.stdout


def test_a_reference_of_nobody_is_said_so(system: System) -> None:
    with system.transaction() as session:
        assert session.scalars(sa.select(Thread)).all() == []
    done = typed(system, "export", "ZZZ-ZZZ")
    assert done.returncode == 1
    assert "No thread has this reference" in done.stderr
