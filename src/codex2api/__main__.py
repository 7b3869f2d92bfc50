"""``python -m codex2api``."""

from codex2api.cli import main

if __name__ == "__main__":
    main(prog_name="codex2api")
