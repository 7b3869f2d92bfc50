"""``codex2api report``: what a bug report needs, in one file, without secrets."""

from datetime import datetime
from pathlib import Path

import click

from codex2api.cli.terminal import (
    Exit,
    fail,
    hint,
    named_config,
    run_async,
    say,
)
from codex2api.texts.shell import _

_STDOUT = Path("-")


@click.command(help=_("Collect what a bug report needs, without secrets, in one text file."))
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help=_("File to write; - prints it.  [codex2api-report-TIME.txt]"),
)
@click.option("--offline", is_flag=True, help=_("Ask nobody outside this machine."))
@click.option(
    "-n", "count", type=click.IntRange(0, 10_000), default=200, help=_("Log lines.  [200]")
)
@click.pass_context
def command(ctx: click.Context, output: Path | None, offline: bool, count: int) -> None:
    """Collect it (the help is above: a docstring is not translated)."""
    from codex2api.cli.report_contents import contents
    from codex2api.cli.waiting import waiting

    output = output or Path(f"codex2api-report-{datetime.now().astimezone():%Y%m%d-%H%M%S}.txt")
    with waiting(_("Collecting …")):
        text, titles = run_async(contents(named_config(ctx), offline=offline, count=count))
    if output == _STDOUT:
        click.echo(text, nl=False)
    else:
        _write(output, text)
        click.echo(output)
    hint(_("It contains:"))
    for title in titles:
        hint(f"  - {_(title)}")
    say(_("Read it before you send it. No token, key, address or text of yours should be in it."))


def _write(path: Path, text: str) -> None:
    from codex2api.store.durable import write_private

    if path.exists():
        fail(_("{path} exists already; choose another --output.").format(path=path), Exit.USAGE)
    try:
        write_private(path, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        fail(_("{path} cannot be written: {reason}.").format(path=path, reason=error.strerror))
