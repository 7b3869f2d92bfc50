"""Kill a process with SIGKILL while it saves tokens, again and again; nothing may be lost.

A child saves set after set into one token file and reports each finished save on its output. The
parent kills it at a random moment, then reads the file: it must be whole, private, and no older
than the last save that was reported.

    python scripts/kill_saves.py --cycles 200
"""

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from codex2api.accounts.account import Account, TokenSet
from codex2api.store.tokenfile import TokenFiles

_PADDING = "x" * 20_000
"""Makes a save long enough to be hit in the middle."""


def numbered(number: int) -> TokenSet:
    """The token set of a save, so large that a torn one would show."""
    return TokenSet(f"{number}.{_PADDING}", f"{number}.{_PADDING}", 2e9 + number)


async def save_for_ever(folder: Path, start: int) -> None:
    """The child: save, report, save."""
    store = TokenFiles(folder)
    number = start
    while True:
        number += 1
        async with store.refresh_turn("default"):
            await store.save_tokens("default", numbered(number))
        os.write(1, f"{number}\n".encode())


def run(folder: Path, cycles: int, seed: int) -> int:
    """The parent.

    Returns:
        How many saves were acknowledged in all.

    Raises:
        AssertionError: Something was torn, lost or readable by others.
    """
    moments = random.Random(seed)
    asyncio.run(TokenFiles(folder).add(Account("default", "workspace", numbered(0))))
    last = 0
    for _ in range(cycles):
        last = check(folder, kill_one(folder, last, moments.uniform(0.0, 0.02)))
    return last


def kill_one(folder: Path, start: int, delay: float) -> int:
    """One child, killed a little after its first save; the number it last reported."""
    child = subprocess.Popen(
        [sys.executable, __file__, "--child", str(folder), str(start)], stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    first = child.stdout.readline()
    assert first, "the child failed before its first save"
    time.sleep(delay)
    child.send_signal(signal.SIGKILL)
    child.wait()
    reported = (first + child.stdout.read()).decode().split("\n")[:-1]
    child.stdout.close()
    return int(reported[-1])


def check(folder: Path, acknowledged: int) -> int:
    """Whether the file is whole, private and new enough; the number it holds."""
    path = folder / "tokens.json"
    assert path.stat().st_mode & 0o777 == 0o600
    (account,) = asyncio.run(TokenFiles(folder).accounts())
    number = int(account.tokens.access_token.partition(".")[0])
    assert account.tokens == numbered(number), "torn"
    assert number >= acknowledged, f"lost: {acknowledged} was acknowledged, {number} is there"
    return number


def main() -> None:
    """Parse the command line, run, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cycles", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", nargs=2, metavar=("FOLDER", "START"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        asyncio.run(save_for_ever(Path(options.child[0]), int(options.child[1])))
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        saves = run(Path(folder) / "data", options.cycles, options.seed)
        took = time.monotonic() - began
        print(f"{options.cycles} kills, {saves} saves, {took:.0f} s: no torn file, no lost token")


if __name__ == "__main__":
    main()
