"""Become another program that ends when its parent does: `python -m tools.with_parent PID CMD…`.

`make run` starts its processes through this, so that a launcher killed outright leaves none of
them behind. Linux only; elsewhere the list in run.json does it at the next start.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit("The launcher is gone.")
    os.execvp(command[0], command)  # noqa: S606 - the command is the launcher's own


if __name__ == "__main__":
    main()
