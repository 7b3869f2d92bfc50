"""Open a browser; be quiet if there is none."""

import os
import subprocess
import sys
import threading
import webbrowser
from collections.abc import Mapping


def can_open(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a browser would open where the person sits.

    Not over SSH, and not on a Unix machine without a display.
    """
    if environment.get("SSH_CONNECTION") or environment.get("SSH_TTY"):
        return False
    if sys.platform in ("win32", "darwin") or environment.get("BROWSER"):
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def open_browser(url: str) -> bool:
    """Try to show a page; says whether that seems to have worked. Never raises, never prints."""
    if not can_open():
        return False
    try:
        if sys.platform.startswith("linux") and not os.environ.get("BROWSER"):
            return _open_quietly(url)
        return webbrowser.open(url, new=2)
    except (OSError, ValueError, webbrowser.Error):
        return False


def _open_quietly(url: str) -> bool:
    # webbrowser lets the browser's chatter through to the terminal.
    command = ["xdg-open", url]
    try:
        opener = subprocess.Popen(  # noqa: S603  # a fixed program; the URL is ours
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except FileNotFoundError:
        return webbrowser.open(url, new=2)
    # It may live as long as the browser; somebody has to take note of its end.
    threading.Thread(target=opener.wait, daemon=True).start()
    return True
