"""What accounts may be called, and what is said of one that is not there."""

import re

from codex2api.accounts.account import LABEL
from codex2api.errors import ApiError, Kind

DEFAULT_LABEL = "default"

_LABEL = re.compile(LABEL)


def is_label(label: str) -> bool:
    """Whether it can be part of a file's name."""
    return _LABEL.fullmatch(label) is not None


def check_label(label: str) -> None:
    """Refuse a label that cannot be one.

    Raises:
        ApiError: ``BAD_REQUEST``.
    """
    if not is_label(label):
        raise ApiError(
            Kind.BAD_REQUEST,
            "An account label has 1 to 64 letters, digits, '-' or '_', and begins with a "
            "letter or digit.",
            param="account",
        )


def by_label(label: str) -> tuple[bool, str]:
    """The order of accounts: ``default`` first."""
    return (label != DEFAULT_LABEL, label)


def absent(label: str) -> ApiError:
    """The error for an account that is not there."""
    return ApiError(
        Kind.NO_ACCOUNT, f"No ChatGPT account is signed in as {label!r}. Run `codex2api login`."
    )
