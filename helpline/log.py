"""Log lines: JSON, with ids and outcomes only. Numbers and words never reach them."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# The last net, not the first: nothing should hand a number to a log line in the first place.
# Seven digits or more, with whatever people put between them: blanks, dots, dashes, brackets.
_DIGITS = re.compile(r"\+?\d(?:[\s().,/\-\u2010-\u2015]{0,4}\d){6,}")
_SHORTEST_NUMBER = 10**7
# Ids of the carrier are 32 hex digits behind two letters; UUIDs and times are ours.
_HARMLESS = re.compile(
    r"[A-Z]{2}[0-9a-f]{32}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
)


def hide_numbers(words: str) -> str:
    """Return `words` with anything that could be a telephone number blotted out."""
    kept: list[str] = []
    last = 0
    for harmless in _HARMLESS.finditer(words):
        kept += [_DIGITS.sub("[number]", words[last : harmless.start()]), harmless.group()]
        last = harmless.end()
    return "".join(kept) + _DIGITS.sub("[number]", words[last:])


def _blot(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: _hidden(value) for key, value in event.items()}


def _hidden(value: Any) -> Any:  # noqa: ANN401 - whatever a log line holds
    if isinstance(value, str):
        return hide_numbers(value)
    if isinstance(value, int) and abs(value) >= _SHORTEST_NUMBER:
        return "[number]"
    if isinstance(value, dict):
        return {key: _hidden(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_hidden(inner) for inner in value]
    return value


def set_up(level: str) -> None:
    """Send every log line, ours and the libraries', to standard error as JSON."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.dict_tracebacks,
            _without_locals,
            _blot,
            structlog.processors.JSONRenderer(),
        ],
    )
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [stream]
    root.setLevel(level)
    # The SDK logs whole requests, bodies and numbers included, at INFO and DEBUG.
    for chatty in ("twilio", "urllib3", "apscheduler", "sqlalchemy", "werkzeug", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _without_locals(
    _: object, __: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Keep where an error happened; drop its words and variables, which may quote a caller."""
    _drop_words(event.get("exception"))
    return event


def _drop_words(traceback: Any) -> None:  # noqa: ANN401 - dicts and lists, within each other
    """Go through groups of errors too: each error in one has words and variables of its own."""
    if isinstance(traceback, dict):
        for quoting in ("exc_value", "exc_notes", "locals", "syntax_error"):
            traceback.pop(quoting, None)
    inside = traceback.values() if isinstance(traceback, dict) else traceback
    for inner in inside if isinstance(traceback, dict | list) else ():
        _drop_words(inner)


def get(name: str) -> Any:  # noqa: ANN401 - structlog types its loggers so
    """Return the logger for one module."""
    return structlog.stdlib.get_logger(name)
