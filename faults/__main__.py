"""Do every fault of the matrix to the product, and say which it survives.

    make faults
    make faults ARGS="12 44-60 --json faults.json"

The rows are those of docs/faults.md. Everything is on loopback: a scripted ChatGPT, the product as
processes of its own, raw callers. Exit code 1 if a row failed.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from faults import report
from faults.rows import ROWS
from faults.stage import Row, house


def main() -> None:
    """Parse the command line, play, and report."""
    options = _arguments()
    rows = [row for row in ROWS if not options.rows or row.number in options.rows]
    sys.exit(asyncio.run(_run(rows, options.json, options.keep)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make faults", description="Play the fault matrix.")
    parser.add_argument("rows", nargs="*", type=_numbers, help="12 or 44-60; all by default")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the outcomes there")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep homes and logs there")
    options = parser.parse_args()
    options.rows = {number for numbers in options.rows for number in numbers}
    return options


def _numbers(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


async def _run(rows: list[Row], file: Path | None, keep: Path | None) -> int:
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="faults-") as scratch:
        async with house((keep or Path(scratch)).resolve(), [row.number for row in rows]) as shared:
            async for outcome in report.play_all(shared, rows):
                outcomes.append(outcome)
                print(outcome.line(), flush=True)
    print("\n".join(["", *report.totals(outcomes, shared)]))
    if file is not None:
        ordered = sorted(outcomes, key=lambda outcome: outcome.number)
        file.write_text(json.dumps([outcome.fields() for outcome in ordered], indent=1) + "\n")
    failed = any(outcome.verdict == report.FAILED for outcome in outcomes)
    return 1 if failed or shared.tally.server_errors else 0


if __name__ == "__main__":
    main()
