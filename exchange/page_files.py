"""The pages of handsets and faults: files of the `pages` folder, under a strict policy."""

from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent / "pages"
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".mp3": "audio/mpeg",
    ".wav": "audio/wav",
}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self';"
        " media-src 'self' blob:; img-src 'self' data:; base-uri 'none'; form-action 'self';"
        " frame-ancestors 'self'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def _file(name: str) -> web.Response:
    path = FOLDER / name
    if path.parent != FOLDER or path.suffix not in TYPES or not path.is_file():
        raise web.HTTPNotFound(text="There is no such page.")
    kind = TYPES[path.suffix]
    charset = "utf-8" if kind.startswith("text/") else None
    return web.Response(body=path.read_bytes(), content_type=kind, charset=charset, headers=HEADERS)


async def index(_request: web.Request) -> web.Response:
    return _file("index.html")


async def handset(_request: web.Request) -> web.Response:
    return _file("handset.html")


async def faults(_request: web.Request) -> web.Response:
    return _file("faults.html")


async def part(request: web.Request) -> web.Response:
    return _file(request.match_info["name"])


def routes() -> list[web.RouteDef]:
    return [
        web.get("/", index),
        web.get("/handset", handset),
        web.get("/faults", faults),
        web.get("/pages/{name}", part),
    ]
