"""`python -m deploy.suite.healthy URL`: status 0 if an address of this process's answers yes; for images without curl.

Apart from the `siyu` command because it is asked every few seconds and must not import all services to answer.
"""

import sys
import urllib.error
import urllib.request

LIMIT_S = 3.0


def is_healthy(url: str) -> bool:
    """Whether it answers with a 2xx in time."""
    try:
        with urllib.request.urlopen(url, timeout=LIMIT_S):  # noqa: S310 - whoever starts the process names the address
            return True
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(0 if is_healthy(sys.argv[1]) else 1)
