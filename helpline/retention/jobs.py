"""What the clock asks for: sealing the record every few seconds, forgetting every hour."""

from collections.abc import Callable
from datetime import datetime

from helpline import audit_chain, log
from helpline.database import alone, transaction
from helpline.retention import forgetting

_SEALER_LOCK = 116_000_2
_FORGETTER_LOCK = 116_000_3
# An hour's work for one rule; what is left comes next hour.
MOST_STEPS = 400

_log = log.get(__name__)


def seal_audit(*, at: datetime, everything: bool = False) -> int:
    """Seal what can be sealed, unless another worker does; says how many rows."""
    sealed = 0
    with alone(_SEALER_LOCK) as is_alone:
        for _ in range(MOST_STEPS if is_alone else 0):
            with transaction() as session:
                step = audit_chain.seal(session, at=at, everything=everything)
            sealed += step
            if step < audit_chain.MOST_AT_ONCE:
                break
    return sealed


def forget(*, at: datetime, tell: Callable[[str, int], None] | None = None) -> dict[str, int]:
    """Forget all whose period is over, unless another worker does; says how many rows by rule.

    `tell` hears of each step: which rule, how many rows so far.
    """
    gone: dict[str, int] = {}
    with alone(_FORGETTER_LOCK) as is_alone:
        for rule in forgetting.RULES if is_alone else ():
            gone[rule] = _one_rule(rule, at, tell)
    if any(gone.values()):
        _log.info("forgotten", **{rule: number for rule, number in gone.items() if number})
    return gone


def note_head() -> None:
    """Write the end of the chain to the log: kept elsewhere, it shows if the end is cut off."""
    with transaction() as session:
        _log.info("audit.head", head=str(audit_chain.head(session)))


def _one_rule(rule: str, at: datetime, tell: Callable[[str, int], None] | None) -> int:
    total = 0
    for _ in range(MOST_STEPS):
        with transaction() as session:
            gone = forgetting.forget(session, rule, at=at)
        if not gone:
            break
        total += sum(gone.values())
        if tell is not None:
            tell(rule, total)
        if rule == "audit":
            break
    return total
