"""Write a release's address and sum into the Homebrew formula.

python scripts/write_formula.py --sdist dist/codex2api-0.1.0.tar.gz [--out codex2api.rb]
"""

import argparse
import hashlib
import re
import sys
from pathlib import Path

FORMULA = Path(__file__).parents[1] / "deploy" / "homebrew" / "codex2api.rb"

_ADDRESS = re.compile(r'^(  url ".*/)[^/"]+"', re.MULTILINE)
_SUM = re.compile(r'^  sha256 ".*"', re.MULTILINE)
_SDIST = re.compile(r"codex2api-(\d[\w.]*)\.tar\.gz")


def formula(template: str, sdist: str, digest: str) -> str:
    """The formula of a release.

    Args:
        template: Another release's.
        sdist: Name of the source archive.
        digest: Its SHA-256, in hex.

    Raises:
        ValueError: That is not the name of one of our archives, or the template has no such lines.
    """
    if not _SDIST.fullmatch(sdist):
        raise ValueError(f"{sdist} is not the name of a source archive of codex2api")
    text, addresses = _ADDRESS.subn(rf'\g<1>{sdist}"', template)
    text, sums = _SUM.subn(f'  sha256 "{digest}"', text)
    if (addresses, sums) != (1, 1):
        raise ValueError("the formula has not exactly one address and one sum")
    return text


def main() -> None:
    """Write it to a file, or to standard output."""
    parser = argparse.ArgumentParser(description="Write the Homebrew formula of a release.")
    parser.add_argument("--sdist", type=Path, required=True, help="the source archive")
    parser.add_argument("--out", type=Path, help="file to write; standard output by default")
    given = parser.parse_args()
    digest = hashlib.sha256(given.sdist.read_bytes()).hexdigest()
    text = formula(FORMULA.read_text("utf-8"), given.sdist.name, digest)
    if given.out is None:
        sys.stdout.write(text)
    else:
        given.out.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
