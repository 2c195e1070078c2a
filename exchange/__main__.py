"""Run the exchange: `python -m exchange`, set up by environment variables."""

import asyncio
import logging
import os
import signal
import sys

from exchange.server import Exchange
from exchange.settings import SettingError, Settings, from_environment

LOG = logging.getLogger("exchange")


async def _serve(settings: Settings) -> None:
    exchange = Exchange(settings)
    port = await exchange.start()
    stopping = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, stopping.set)
    LOG.info("the exchange is ready at http://%s:%d", settings.host, port)
    await stopping.wait()
    await exchange.stop()


def main() -> int:
    """Give 0 after a clean stop, 2 when the settings or the port are unusable."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        settings = from_environment(os.environ)
        asyncio.run(_serve(settings))
    except SettingError as error:
        LOG.error("%s", error)  # noqa: TRY400 - a plain sentence, not a traceback
        return 2
    except OSError as error:
        LOG.error("the exchange can't listen there: %s", error.strerror)  # noqa: TRY400 - as above
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
