"""Run the exchange: `python -m exchange`, set up by environment variables."""

import asyncio
import logging
import os
import signal
import sys

from exchange.server import Exchange
from exchange.settings import SettingError, Settings, from_environment

LOG = logging.getLogger("exchange")


CLEAN, UNUSABLE, VIOLATED = 0, 2, 3


async def _serve(settings: Settings) -> int:
    exchange = Exchange(settings)
    port = await exchange.start()
    stopping = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, stopping.set)
    LOG.info("the exchange is ready at http://%s:%d", settings.host, port)
    await stopping.wait()
    # Counted before the stop: an application that goes away at the same moment did nothing wrong.
    violations = exchange.violations()
    await exchange.stop()
    if not settings.strict or not violations:
        return CLEAN
    LOG.error("the application broke the rules %d times: see the warnings above", violations)
    return VIOLATED


def main() -> int:
    """Give 0 after a clean stop, 2 when the settings or the port are unusable.

    In strict mode, give 3 when the application did something wrong since the last reset.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        settings = from_environment(os.environ)
        return asyncio.run(_serve(settings))
    except SettingError as error:
        LOG.error("%s", error)  # noqa: TRY400 - a plain sentence, not a traceback
        return UNUSABLE
    except OSError as error:
        LOG.error("the exchange can't listen there: %s", error.strerror)  # noqa: TRY400 - as above
        return UNUSABLE


if __name__ == "__main__":
    sys.exit(main())
