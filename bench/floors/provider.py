"""A telephone company that accepts every text at once, and knows when it took them."""

import sys
import time
import uuid

from aiohttp import web

taken: list[float] = []


async def accept(request: web.Request) -> web.Response:
    """Take a text and give it an id."""
    await request.post()
    taken.append(time.perf_counter())
    return web.json_response({"sid": f"SM{uuid.uuid4().hex}", "status": "queued"}, status=201)


async def begin(_: web.Request) -> web.Response:
    """Count from here."""
    taken.clear()
    return web.Response()


async def told(_: web.Request) -> web.Response:
    """Tell how many texts were taken, and how long it was from the first to the last."""
    seconds = taken[-1] - taken[0] if taken else 0.0
    return web.json_response({"texts": len(taken), "seconds": seconds})


app = web.Application()
app.router.add_post("/2010-04-01/Accounts/{account}/Messages.json", accept)
app.router.add_get("/begin", begin)
app.router.add_get("/taken", told)
if __name__ == "__main__":
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
