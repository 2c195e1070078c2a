"""Who of the supervisors is in a call, for those who look at it. Read only."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from helpline.voice.models import Leg, LegRole, LegState, Manner


@dataclass(frozen=True)
class Watcher:
    """One supervisor in a call, or rung for it."""

    staff_id: uuid.UUID
    name: str
    manner: Manner
    is_in: bool
    """Their phone was answered; before that it rings."""


def of(live: Iterable[Leg]) -> Sequence[Watcher]:
    """List the supervisors among the telephones of a call."""
    return [
        Watcher(
            leg.staff.id,
            leg.staff.display_name,
            leg.manner or Manner.listen,
            is_in=leg.state is LegState.joined,
        )
        for leg in live
        if leg.role is LegRole.supervisor and leg.staff is not None
    ]
