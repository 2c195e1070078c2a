"""The floor of an incoming text: check the signature, insert one row, commit."""

import os
import threading

import psycopg
from flask import Flask, Response, abort, request
from twilio.request_validator import RequestValidator

TABLE = "CREATE TABLE IF NOT EXISTS floor_text (sid text PRIMARY KEY, sender text, words text)"
INSERT = "INSERT INTO floor_text VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
app = Flask("floor")
validator = RequestValidator(os.environ["CARRIER_AUTH_TOKEN"])
with psycopg.connect(os.environ["FLOOR_DATABASE"]) as first:
    first.execute(TABLE)
mine = threading.local()


@app.post("/tw/sms/inbound")
def inbound() -> Response:
    said = request.form
    signature = request.headers.get("X-Twilio-Signature", "")
    if not validator.validate(os.environ["FLOOR_BASE"] + request.path, said, signature):
        abort(403)
    if not hasattr(mine, "connection"):
        mine.connection = psycopg.connect(os.environ["FLOOR_DATABASE"])
    mine.connection.execute(INSERT, (said["MessageSid"], said["From"], said["Body"]))
    if "FLOOR_TELLS" in os.environ:
        mine.connection.execute("SELECT pg_notify('floor_live', %s)", (said["MessageSid"],))
    mine.connection.commit()
    return Response("<Response/>", mimetype="text/xml")
