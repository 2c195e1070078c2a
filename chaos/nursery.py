"""Workers made by forking a process that has everything loaded: a new one as soon as one dies."""

import os
import signal
import sys

from helpline import worker


def main() -> None:
    """Keep as many workers alive as the first argument says, until told to stop."""
    number = int(sys.argv[1])
    alive: set[int] = set()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while True:
        while len(alive) < number:
            alive.add(_fork())
        alive.discard(os.wait()[0])


def _fork() -> int:
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        worker.main()
        os._exit(0)
    return pid


if __name__ == "__main__":
    main()
