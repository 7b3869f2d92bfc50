"""What a shared database needs besides its address."""

import base64
import binascii
import importlib.util
from collections.abc import Callable

from codex2api.settings.layers import SettingsError
from codex2api.settings.schema import StoreSettings

_PACKAGES = ("asyncpg", "greenlet", "cryptography")
_MAKE_ONE = "openssl rand -base64 32"


def check_replicas(
    store: StoreSettings, find: Callable[[str], object] = importlib.util.find_spec
) -> None:
    """Refuse a shared database that could not be used, or not safely.

    Args:
        store: The settings.
        find: A package by its name, or ``None``.

    Raises:
        SettingsError: What is missing, and how to get it.
    """
    if store.url is None:
        return
    missing = [name for name in _PACKAGES if find(name) is None]
    if missing:
        raise SettingsError(
            f"store.url needs the package {missing[0]}, which is not installed; "
            "install codex2api[postgres]."
        )
    if not store.secret_key:
        raise SettingsError(
            "store.url needs a key that encrypts the sign-ins in the database: set "
            f"CODEX2API_SECRET_KEY, the same for all replicas, to what `{_MAKE_ONE}` prints."
        )
    if not all(_is_key(key.get_secret_value()) for key in store.secret_key):
        raise SettingsError(
            "CODEX2API_SECRET_KEY (store.secretKey) holds something that is not 32 bytes in "
            f"base64; `{_MAKE_ONE}` makes a key."
        )


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text.translate({45: "+", 95: "/"}), validate=True)) == 32
    except (binascii.Error, ValueError):
        return False
