"""The page "Why have I received this message?", for whoever got a text (UK GDPR, Article 14)."""

from flask import Blueprint, render_template

from helpline.web.access import Audience, audience

blueprint = Blueprint("why", __name__)


@blueprint.get("/why")
@audience(Audience.public)
def why() -> str:
    """Say why somebody got a text, what we know of them, and how to stop it."""
    return render_template("textsafe/why.html")


@blueprint.get("/pam")
@audience(Audience.public)
def why_in_welsh() -> str:
    """Say the same in Welsh."""
    return render_template("textsafe/pam.html")
