"""What SIGHUP means: the terminal is gone; or, without one, look at the config file."""

import signal
import sys


def hangup_ends() -> bool:
    """Whether a SIGHUP would be the terminal's; to be asked before anybody heeds the signal.

    ``nohup`` says beforehand that the terminal does not matter.
    """
    hangup = getattr(signal, "SIGHUP", None)
    if hangup is None or signal.getsignal(hangup) is signal.SIG_IGN:
        return False
    return sys.stdin is not None and sys.stdin.isatty()
