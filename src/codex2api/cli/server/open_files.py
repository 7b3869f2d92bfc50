"""How many files and sockets this process may have open."""

from contextlib import suppress

_ENOUGH = 65_536
"""A stream takes two: its caller's and that to ChatGPT."""


def raise_open_files() -> None:
    """Take what the system lets a process take by itself.

    Shells and service managers begin with 256 (macOS) or 1,024, and leave it to a server to ask for
    more; 115 streams are all that fit into 256.
    """
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _ENOUGH if hard == resource.RLIM_INFINITY else min(_ENOUGH, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(OSError, ValueError):  # macOS has another limit, which it does not tell
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
