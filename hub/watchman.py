"""The process that ends what a supervisor started, when the supervisor can no longer do it itself.

`python -m hub.watchman MARKER` reads its standard input, the other end of which only the supervisor holds. When that
closes, for whatever reason (a proper end, a crash, SIGKILL), it ends every process that carries the marker. It imports
the standard library only, so that it is small and starts at once.
"""

from __future__ import annotations

import signal
import sys

from .processes import end_marked


def main() -> None:
    """Wait until the supervisor is gone, then sweep."""
    # Ctrl-C and a closed terminal are the supervisor's to answer.
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    sys.stdin.buffer.read()
    end_marked(sys.argv[1], patience_seconds=3.0)


if __name__ == "__main__":
    main()
