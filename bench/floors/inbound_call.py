"""The floor of an incoming call: check the signature, insert one row, commit, answer in TwiML."""

import os
import threading

import psycopg
from flask import Flask, Response, abort, request
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import VoiceResponse

TABLE = "CREATE TABLE IF NOT EXISTS floor_call (sid text PRIMARY KEY, caller text)"
INSERT = "INSERT INTO floor_call VALUES (%s, %s) ON CONFLICT DO NOTHING"
app = Flask("floor")
validator = RequestValidator(os.environ["CARRIER_AUTH_TOKEN"])
with psycopg.connect(os.environ["FLOOR_DATABASE"]) as first:
    first.execute(TABLE)
mine = threading.local()


@app.post("/tw/voice/inbound")
def inbound() -> Response:
    said = request.form
    signature = request.headers.get("X-Twilio-Signature", "")
    if not validator.validate(os.environ["FLOOR_BASE"] + request.path, said, signature):
        abort(403)
    if not hasattr(mine, "connection"):
        mine.connection = psycopg.connect(os.environ["FLOOR_DATABASE"])
    mine.connection.execute(INSERT, (said["CallSid"], said["From"]))
    mine.connection.commit()
    answer = VoiceResponse()
    answer.say("You have reached the helpline.", language="en-GB")
    answer.dial().conference(f"c-{said['CallSid']}", wait_url="/wait", beep="false")
    return Response(str(answer), mimetype="text/xml")
