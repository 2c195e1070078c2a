"""A helpline that is no training instance, over the same database."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from helpline.app import create_app
from helpline.database import db
from tests.helpline.accounts.visitor import Visitor
from tests.system import System


@pytest.fixture(scope="package")
def real_line(running_system: System) -> Iterator[Flask]:
    real = running_system.settings.model_copy(
        update={"training": False, "public_base_url": "https://line.example.org"}
    )
    app = create_app(real)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def visitor(real_line: Flask, system: System) -> Callable[..., Visitor]:
    """Let somebody come with a browser of their own."""
    return lambda address="203.0.113.7": Visitor(real_line, address)
