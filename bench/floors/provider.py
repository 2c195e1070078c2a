"""A telephone company that accepts every text at once, and nothing else."""

import sys
import uuid

from aiohttp import web


async def accept(request: web.Request) -> web.Response:
    """Take a text and give it an id."""
    await request.post()
    return web.json_response({"sid": f"SM{uuid.uuid4().hex}", "status": "queued"}, status=201)


app = web.Application()
app.router.add_post("/2010-04-01/Accounts/{account}/Messages.json", accept)
if __name__ == "__main__":
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
