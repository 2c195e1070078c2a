"""Error pages: say what happened and what to do, never what went wrong inside."""

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from helpline import log

_log = log.get(__name__)
_METHOD_NOT_ALLOWED = 405

WORDS = {
    400: ("That didn't arrive as it should", "Go back, reload the page and try again."),
    403: ("You can't open this page", "If you need it for your work, ask a supervisor."),
    404: ("Page not found", "Check the address, or go back to the start."),
    405: ("That can't be done here", "Go back and use the buttons on the page."),
    413: ("That is too much at once", "Shorten it and try again."),
    429: ("Too many tries", "Wait a little, then try again."),
    500: (
        "Something went wrong on our side",
        "Nothing you wrote is lost if you go back. Try again in a minute.",
    ),
    503: ("The system is busy", "Try again in a few seconds."),
}


def add_error_pages(app: Flask) -> None:
    """Show our own pages for errors, and log them without what was sent."""

    @app.errorhandler(CSRFError)
    def _forged(error: CSRFError) -> Response:
        del error
        return page(400, "The page was open too long", "Reload it and try again.")

    @app.errorhandler(HTTPException)
    def _known(error: HTTPException) -> Response | HTTPException:
        code = error.code or 500
        if error.response is not None or code not in WORDS:
            return error
        shown = page(code, *WORDS[code])
        if code == _METHOD_NOT_ALLOWED:
            shown.headers["Allow"] = ", ".join(getattr(error, "valid_methods", None) or ())
        return shown

    @app.errorhandler(Exception)
    def _unknown(error: Exception) -> Response:
        _log.error("web.error", kind=type(error).__name__, exc_info=error)
        return page(500, *WORDS[500])


def page(code: int, title: str, advice: str) -> Response:
    """Answer with an error page, or with its words alone where the carrier asked."""
    if request.path.startswith("/api/"):
        # A program of a partner reads problem details (RFC 9457).
        answer = jsonify(type="about:blank", title=title, status=code, detail=advice)
        return make_response(answer, code, {"Content-Type": "application/problem+json"})
    if request.path.startswith("/tw/"):
        return make_response(title, code, {"Content-Type": "text/plain; charset=utf-8"})
    return make_response(
        render_template("errors/error.html", code=code, title=title, advice=advice), code
    )
