"""What was used today, for ``codex2api status``: asked of the server, or read from the ledger."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from codex2api.cli.columns import count, share
from codex2api.cli.terminal import run_async
from codex2api.cli.usage import first_midnight, usage_report
from codex2api.texts.shell import _

if TYPE_CHECKING:
    from codex2api.cli.server.running import RunningServer
    from codex2api.settings import Settings


def todays_use(settings: "Settings", server: "RunningServer | None") -> dict[str, Any] | None:
    """The line of all of today's requests, without prices; ``None`` if that cannot be told.

    A server is asked first: it has the ledger open, which takes a quarter of a second here.
    """
    from codex2api.errors import ApiError
    from codex2api.ledger.reports import no_price
    from codex2api.protocol.json import decode, encode

    if server is not None:
        since = first_midnight(datetime.now().astimezone(), 1).timestamp()
        answer = server.ask(f"/admin/api/usage?prices=false&since={since:.0f}")
        return answer["total"] if isinstance(answer, dict) else None
    try:
        report = run_async(usage_report(settings, 1, "model", no_price))
    except ApiError:  # the log has it; accounts can be shown all the same
        return None
    total: dict[str, Any] = decode(encode(report.total))
    return total


def use_line(total: dict[str, Any] | None) -> list[str]:
    """It, for people; no line of nothing."""
    if not total or not total["requests"]:
        return []
    parts = [_("{count:,} requests").format(count=total["requests"])]
    if total["errors"]:
        parts.append(_("{count:,} failed").format(count=total["errors"]))
    parts.append(
        _("{tokens} tokens in ({share} cached)").format(
            tokens=count(total["input_tokens"]), share=share(total["cached_share"])
        )
    )
    parts.append(_("{tokens} out").format(tokens=count(total["output_tokens"])))
    return [_("Today     {use}").format(use=", ".join(parts))]
