"""How well the directory is kept: counted by how far each entry is to be relied on."""

from datetime import UTC, date, datetime

from helpline.accounts.models import Availability, Role
from helpline.directory import services, upkeep
from helpline.directory.entries import Entry
from helpline.directory.services import Standing
from tests.helpline import making
from tests.system import System

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)


def test_services_are_counted_by_how_far_they_are_to_be_relied_on(system: System) -> None:
    with making.undone(system) as session:
        by = making.staff_member(session, Availability.off_shift, role=Role.partner_liaison).id
        kept = {}
        for name, confidence in (("a", "high"), ("b", "low"), ("c", "low"), ("d", "low")):
            entry = Entry.model_validate({"name": name, "confidence": confidence})
            kept[name] = services.add(session, name, entry, by=by, at=NOON)
        services.verify(session, kept["c"], "Rang it", by=by, at=NOON)
        services.verify(session, kept["d"], "Rang it", date(2026, 11, 13), by=by, at=NOON)
        later = datetime(2026, 11, 20, 12, tzinfo=UTC)
        counted = upkeep.counted(session, at=later)
        listed = [(each.entry.name, how) for each, how in upkeep.to_verify(session, at=later)]
    assert (counted.verified, counted.stale) == (1, 1)
    assert (counted.seen, counted.to_be_verified) == (1, 1)
    assert counted.shown == 4
    assert listed == [
        ("d", Standing.stale),
        ("a", Standing.seen),
        ("b", Standing.to_be_verified),
    ]
