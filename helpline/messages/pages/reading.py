"""The recipient's page: no account, no cookie, no script; opened once with an answer.

Whoever has the link and not the answer learns nothing but a question. A link that is used, over,
locked or made up gives one and the same page.
"""

import uuid

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from helpline.clock import now
from helpline.database import transaction
from helpline.messages import links
from helpline.messages.links import LinkDeadError, Opened, WrongAnswerError
from helpline.messages.replies import WHAT_THEY_HEAR, ReplyRefusedError
from helpline.web.access import Audience, audience

blueprint = Blueprint("message_page", __name__, url_prefix=links.PATH)

_INVALID = 422
_GONE = 410


@blueprint.get("/<token>")
@audience(Audience.public)
def ask(token: str) -> Response:
    """Ask the question. Looking changes nothing: programs look at links before people do."""
    with transaction() as session:
        try:
            question = links.question(session, token, at=now())
        except LinkDeadError:
            return _dead()
    return _private(render_template("outside/question.html", question=question, wrong=False))


@blueprint.post("/<token>")
@audience(Audience.public)
def read(token: str) -> Response:
    """Show the words to whoever knows the answer, once."""
    opened = None
    with transaction() as session:
        try:
            opened = links.open_link(session, token, request.form.get("answer", ""), at=now())
        except LinkDeadError:
            return _dead()
        except WrongAnswerError:
            # Nothing is undone: the wrong try has to count.
            pass
    return _words(opened) if opened is not None else _wrong(token)


@blueprint.post("/answer")
@audience(Audience.public)
def answer() -> Response:
    """Keep an answer."""
    token, said = request.form.get("token", ""), request.form.get("words", "")
    try:
        form_key = uuid.UUID(request.form.get("form_key", ""))
    except ValueError:
        form_key = uuid.uuid4()
    try:
        with transaction() as session:
            links.answer_from_page(session, token, said, form_key, at=now())
    except LinkDeadError:
        return _dead()
    except ReplyRefusedError as error:
        page = render_template(
            "outside/answer_again.html", token=token, form_key=form_key, said=said, why=error
        )
        return _private(page, _INVALID)
    return _plainly("Your answer is kept", WHAT_THEY_HEAR)


@blueprint.post("/no-more")
@audience(Audience.public)
def no_more() -> Response:
    """Keep that somebody wants to hear nothing more."""
    try:
        with transaction() as session:
            links.no_more_from_page(session, request.form.get("token", ""), at=now())
    except LinkDeadError:
        return _dead()
    return _plainly("We send you nothing more", "You can change that at any time: ring 116 000.")


def _words(opened: Opened) -> Response:
    page = render_template(
        "outside/words.html", whose=opened.whose, said=opened.words, token=opened.answer_token
    )
    return _private(page)


def _wrong(token: str) -> Response:
    """Ask again, or show what everybody sees when that was the third try."""
    with transaction() as session:
        try:
            question = links.question(session, token, at=now())
        except LinkDeadError:
            return _dead()
    page = render_template("outside/question.html", question=question, wrong=True)
    return _private(page, _INVALID)


def _dead() -> Response:
    return _plainly(
        "This page is not here any more",
        "Pages like this can be opened once, and only for some days. If you think that there was "
        "something for you, ring or text 116 000. It is free.",
        _GONE,
    )


def _plainly(heading: str, sentence: str, status: int = 200) -> Response:
    page = render_template("outside/plainly.html", heading=heading, sentence=sentence)
    return _private(page, status)


def _private(page: str, status: int = 200) -> Response:
    """Answer so that nothing of the page, nor its address, stays or goes anywhere."""
    answer_ = make_response(page, status)
    answer_.headers["Referrer-Policy"] = "no-referrer"
    answer_.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer_
