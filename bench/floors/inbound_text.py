"""The floor of an incoming text: check the signature, insert one row, commit."""

import psycopg
from flask import Flask, Response, abort, request
from twilio.request_validator import RequestValidator

TABLE = "CREATE TABLE IF NOT EXISTS floor_text (sid text PRIMARY KEY, sender text, words text)"
INSERT = "INSERT INTO floor_text VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"


def make(database: str, base: str, token: str) -> Flask:
    """Return the smallest application that keeps a text."""
    app = Flask("floor")
    connection = psycopg.connect(database)
    connection.execute(TABLE)
    connection.commit()
    validator = RequestValidator(token)

    @app.post("/tw/sms/inbound")
    def inbound() -> Response:
        said = request.form
        signature = request.headers.get("X-Twilio-Signature", "")
        if not validator.validate(base + request.path, said, signature):
            abort(403)
        connection.execute(INSERT, (said["MessageSid"], said["From"], said["Body"]))
        connection.commit()
        return Response("<Response/>", mimetype="text/xml")

    return app
