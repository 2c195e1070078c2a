"""The sends of a peer as tasks of celery; a task whose worker dies is not lost."""

import os

from celery import Celery

from bench.floors.sending import send

app = Celery("peer", broker=os.environ["PEER_BROKER"])
app.conf.update(task_acks_late=True, task_ignore_result=True, broker_connection_retry=True)


@app.task
def send_one() -> None:
    """Send one text."""
    send()
