"""How the web processes of the harness are made: forked when ready, so that thousands may die."""

from typing import Any

worker_class = "gthread"
workers = 2
threads = 8
keepalive = 75
graceful_timeout = 3


def post_fork(server: Any, worker: Any) -> None:  # noqa: ANN401 - gunicorn's own
    """Give each its own connections: those opened before the fork belong to all of them."""
    del worker
    from helpline.database import db  # noqa: PLC0415 - after the settings are there

    app = server.app.wsgi()
    with app.app_context():
        db.engine.dispose(close=False)
