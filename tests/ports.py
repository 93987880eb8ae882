"""Ports that tests choose before anything listens on them."""

import os
import socket
from itertools import count

_FIRST = 10_000 + 1_000 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_numbers = count(_FIRST)


def free_port() -> int:
    """Return a port nobody listens on, and nobody is given.

    Systems give out ports above 30000. Each worker of a run has a thousand below that for itself: what one
    test has chosen is not taken by another before it is used.
    """
    for port in _numbers:
        with socket.socket() as found:
            try:
                found.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("there is always another number")
