"""How things look on a page: times as people read them, files with their hashed names."""

import json
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, g, url_for
from flask_wtf.csrf import generate_csrf

from helpline.clock import in_london, now

_STATIC = Path(__file__).parents[2] / "static"
_ANY_ID = uuid.UUID(int=0)


class Assets:
    """Front-end files fetched at set-up, by plain name (`govuk.css`)."""

    def __init__(self, folder: Path) -> None:
        manifest = folder / "manifest.json"
        content = json.loads(manifest.read_text("utf-8")) if manifest.exists() else {}
        self._names: dict[str, str] = content.get("files", content)

    def has(self, name: str) -> bool:
        """Whether it was fetched."""
        return name in self._names

    def address(self, name: str) -> str:
        """Return the address of a file; pages still work as plain HTML without it."""
        return url_for("static", filename=f"vendor/{self._names.get(name, name)}")


def add_presentation(app: Flask) -> None:
    """Give templates their filters and functions."""
    assets = Assets(_STATIC / "vendor")
    app.jinja_env.globals["asset"] = assets.address
    app.jinja_env.globals["has_asset"] = assets.has
    app.jinja_env.globals["csrf_token"] = csrf_token
    app.jinja_env.globals["addresses"] = addresses
    app.jinja_env.filters["clock"] = clock_time
    app.jinja_env.filters["day_and_time"] = day_and_time
    app.jinja_env.filters["ago"] = ago
    app.jinja_env.filters["iso"] = datetime.isoformat


def csrf_token() -> str:
    """Return the token of this page's forms; a console has a hundred and fifty of them."""
    if "csrf_token_of_page" not in g:
        g.csrf_token_of_page = generate_csrf()
    token: str = g.csrf_token_of_page
    return token


def addresses(endpoint: str, argument: str) -> Callable[[uuid.UUID], str]:
    """Return what gives each card of a list its address, by its id.

    The router is asked once for all of them: for each, it takes longer than the card's own words.
    """
    values: dict[str, Any] = {argument: _ANY_ID}
    before, after = url_for(endpoint, **values).split(str(_ANY_ID))
    return lambda each: f"{before}{each}{after}"


def clock_time(at: datetime) -> str:
    """`18:04`, as people in the UK read it."""
    return in_london(at).strftime("%H:%M")


def day_and_time(at: datetime) -> str:
    """`Thu 12 Nov, 18:04`; today only the time."""
    there = in_london(at)
    if there.date() == in_london(now()).date():
        return clock_time(at)
    return f"{there.strftime('%a')} {there.day} {there.strftime('%b, %H:%M')}"


def ago(at: datetime) -> str:
    """How long since: `12 s`, `4 min`, `2 h 5 min`, `3 days`."""
    return duration(now() - at)


def duration(length: timedelta) -> str:
    """Write a length of time as people say it."""
    seconds = max(0, int(length.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds} s"
    if minutes < 60:  # noqa: PLR2004 - an hour
        return f"{minutes} min"
    if days < 2:  # noqa: PLR2004 - hours are clearer up to two days
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{days} days"
