"""``codex2api models``: what can be asked for."""

from typing import Any

import click

from codex2api.catalog.fallback import FALLBACK
from codex2api.catalog.models import ModelSpec
from codex2api.cli.columns import table
from codex2api.cli.direct import exit_code, live_catalog
from codex2api.cli.terminal import fail, json_option, print_json, run_async, say, settings_from
from codex2api.cli.waiting import waiting
from codex2api.errors import ApiError
from codex2api.texts.shell import _

_HEADINGS = (_("MODEL"), _("EFFORTS"), _("CONTEXT"), _("TIERS"))


@click.command(
    help=_(
        "List the models that can be used, with their efforts.\n\n"
        "MODEL-EFFORT names both at once, for instance gpt-5.5-high."
    )
)
@click.option("--all", "show_all", is_flag=True, help=_("Also list hidden models."))
@json_option
@click.pass_context
def command(ctx: click.Context, show_all: bool, as_json: bool) -> None:
    """List them (the help is above: a docstring is not translated)."""
    settings = settings_from(ctx)
    try:
        with waiting(_("Asking ChatGPT …")):
            catalog = run_async(live_catalog(settings))
    except ApiError as error:
        fail(error.message, exit_code(error))
    signed_in = catalog is not None
    if catalog is None:
        say(_("Nobody is signed in (codex2api login); these are the packaged models."))
        catalog = FALLBACK
    specs = catalog.specs if show_all else tuple(catalog.listed())
    if as_json:
        models = [_fields(spec) for spec in specs]
        print_json({"schema": 1, "signed_in": signed_in, "models": models})
    else:
        for line in table([_HEADINGS, *(_row(spec) for spec in specs)]):
            click.echo(line)


def _fields(spec: ModelSpec) -> dict[str, Any]:
    return {
        "id": spec.slug,
        "name": spec.name,
        "reasoning_efforts": spec.efforts,
        "default_reasoning_effort": spec.default_effort,
        "context_window": spec.context_window,
        "max_context_window": spec.max_context_window,
        "max_output_tokens": spec.max_output_tokens,
        "input_modalities": spec.input_modalities,
        "service_tiers": spec.tiers,
        "hidden": spec.visibility != "list",
    }


def _row(spec: ModelSpec) -> tuple[str, ...]:
    marked = (f"{effort}*" if effort == spec.default_effort else effort for effort in spec.efforts)
    context = f"{spec.context_window // 1000}k" if spec.context_window else "-"
    return spec.slug, " ".join(marked) or "-", context, " ".join(spec.tiers) or "-"
