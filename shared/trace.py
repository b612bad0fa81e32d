"""The causal thread of a request: W3C Trace Context (`traceparent`, https://www.w3.org/TR/trace-context/)."""

import re
import secrets

_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\Z")


def trace_of(traceparent: str | None) -> str:
    """The caller's trace if it sent a valid one, else a new one."""
    if traceparent and _TRACEPARENT.match(traceparent):
        return traceparent
    fresh = secrets.token_hex(24)
    return f"00-{fresh[:32]}-{fresh[32:]}-01"
