"""Little that becomes much."""

import zlib
from functools import cache

import zstandard

_BLOCK = bytes(2**20)


@cache
def gzip_bomb(mebibytes: int) -> bytes:
    """So many MiB of zeros, a thousandth of that in size."""
    packer = zlib.compressobj(level=1, wbits=31)
    return b"".join(packer.compress(_BLOCK) for _ in range(mebibytes)) + packer.flush()


@cache
def zstd_bomb(mebibytes: int) -> bytes:
    """The same, and a good deal smaller."""
    packer = zstandard.ZstdCompressor().compressobj()
    return b"".join(packer.compress(_BLOCK) for _ in range(mebibytes)) + packer.flush()
