"""``codex2api simulate``: run the simulated ChatGPT alone."""

import asyncio
import contextlib
import ipaddress
import secrets
import signal
import ssl
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from codex2api.cli.terminal import fail, run_async
from codex2api.texts.said import N_
from codex2api.texts.shell import _

if TYPE_CHECKING:
    from codex2api.simulator.options import SimulatorOptions
    from codex2api.simulator.runner import RunningSimulator
    from codex2api.simulator.scenarios.rules import Rule

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
EXTRA = N_("This needs {name}, which comes with: pip install 'codex2api[simulator]'")
FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(
    help=_("Run a simulated ChatGPT: sign-in issuer at /, codex backend at /backend-api.")
)
@click.option("--host", default="127.0.0.1", show_default=True, help=_("Loopback address to bind."))
@click.option("--port", default=4000, show_default=True, help=_("Port; 0 takes a free one."))
@click.option("--scenario", type=FILE, help=_("Scenario file (YAML or JSON)."))
@click.option(
    "--strict/--lenient", default=True, help=_("Refuse classic requests for Lite models.")
)
@click.option("--tls", is_flag=True, help=_("Serve https with a certificate made on the spot."))
@click.option("--tls-cert", type=FILE, help=_("Certificate of your own (PEM)."))
@click.option("--tls-key", type=FILE, help=_("Its key (PEM)."))
@click.option("--codex-home", type=FOLDER, help=_("Set this folder up as CODEX_HOME."))
@click.option("--token-seconds", default=864_000, show_default=True, help=_("Access token life."))
@click.option("--plan", default="plus", show_default=True, help=_("Plan of the accounts."))
@click.option(
    "--limits",
    type=click.Choice(["normal", "free", "none"]),
    default="normal",
    help=_("Shape of the limit headers."),
)
@click.option(
    "--consent",
    type=click.Choice(["auto", "page", "deny", "no_seat"]),
    default="auto",
    help=_("What the sign-in page does."),
)
@click.option(
    "--device-polls", type=click.IntRange(1), help=_("Approve device codes after N polls.")
)
@click.option("--any-redirect-port", is_flag=True, help=_("Take redirects to any loopback port."))
@click.option("--all-models", is_flag=True, help=_("Serve the older models, too."))
@click.option("--block-strangers", is_flag=True, help=_("Cloudflare page for bare HTTP libraries."))
@click.option("--clock-skew", type=float, default=0, help=_("Seconds its clock is ahead."))
@click.option("--full-output", is_flag=True, help=_("Fill output in response.completed."))
def command(  # the parameters are the options above
    host: str,
    port: int,
    scenario: Path | None,
    codex_home: Path | None,
    **options: Any,
) -> None:
    """Run it (the help is above: a docstring is not translated)."""
    from codex2api.simulator.runner import running_simulator

    _require_loopback(host)
    if codex_home is not None and not (options["tls"] or options["tls_cert"]):
        raise click.UsageError(_("--codex-home needs --tls: Codex talks https only."))
    authority, context = _tls(options.pop("tls"), options.pop("tls_cert"), options.pop("tls_key"))
    chosen = _options(scenario, options)

    async def serve() -> None:
        stop = _stop_wish()
        async with running_simulator(chosen, host=host, port=port, tls=context) as simulator:
            _announce(simulator, authority)
            if codex_home is not None:
                _set_up_codex(simulator, codex_home)
            await stop.wait()

    try:
        run_async(serve())
    except OSError as error:
        fail(
            _("{host}:{port} cannot be used: {reason}.").format(
                host=host, port=port, reason=error.strerror
            )
        )


def _require_loopback(host: str) -> None:
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise click.BadParameter(
            _("the simulator knows no secrets and binds to loopback only."), param_hint="--host"
        )


def _options(scenario: Path | None, values: dict[str, Any]) -> "SimulatorOptions":
    from codex2api.simulator.options import SimulatorOptions

    rules = _rules(scenario) if scenario else ()
    # Ids of two runs must differ: callers may remember answers by them.
    return SimulatorOptions(rules=rules, run=f"sim{secrets.token_hex(4)}", **values)


def _rules(scenario: Path) -> "tuple[Rule, ...]":
    from codex2api.simulator.scenarios.entries import ScenarioError

    try:
        from codex2api.simulator.scenarios.file import load_rules

        return load_rules(scenario)
    except ModuleNotFoundError as missing:
        fail(_(EXTRA).format(name=missing.name))
    except ScenarioError as error:
        raise click.BadParameter(str(error), param_hint="--scenario") from None


def _tls(
    wanted: bool,
    certificate: Path | None,
    key: Path | None,
) -> tuple[Path | None, ssl.SSLContext | None]:
    """What clients must trust, and the server's context."""
    if not (wanted or certificate or key):
        return None, None
    if (certificate is None) != (key is None):
        raise click.UsageError(_("--tls-cert and --tls-key belong together."))
    try:
        from codex2api.simulator.tls import make_certificate, server_context
    except ModuleNotFoundError as missing:
        fail(_(EXTRA).format(name=missing.name))
    if certificate is not None and key is not None:
        try:
            return certificate, server_context(certificate, key)
        except OSError as error:
            raise click.UsageError(
                _("--tls-cert or --tls-key is no good: {reason}.").format(reason=error)
            ) from None
    # The folder goes when the command ends: its key must not outlive what it served.
    folder = tempfile.TemporaryDirectory(prefix="codex2api-simulator-")
    files = make_certificate(Path(click.get_current_context().with_resource(folder)))
    return files.authority, server_context(files.certificate, files.key)


def _announce(simulator: "RunningSimulator", authority: Path | None) -> None:
    click.echo(
        _("This is a SIMULATION of ChatGPT: it knows nothing and contacts nobody.") + "\n"
        f"  issuer   {simulator.issuer_url}\n"
        f"  backend  {simulator.backend_url}\n"
        f"  admin    {simulator.url}/simulator/requests\n"
        + "\n"
        + _("Point codex2api at it:")
        + f"\n  export CODEX2API_OAUTH__ISSUER={simulator.issuer_url}\n"
        f"  export CODEX2API_BACKEND__URL={simulator.backend_url}\n"
        + "\n"
        + _("Choose an answer by a marker in the message, for instance SCENARIO:reasoning.")
    )
    if authority is not None:
        told = _("Clients must trust its certificate; for Codex:")
        click.echo(f"\n{told}\n{_trust(authority)}")


def _trust(authority: Path) -> str:
    return f"  export CODEX_CA_CERTIFICATE={authority}"


def _set_up_codex(simulator: "RunningSimulator", folder: Path) -> None:
    from codex2api.simulator.codex_home import HomeInUseError, write_codex_home

    try:
        write_codex_home(folder, simulator.backend_url, simulator.make_tokens())
    except HomeInUseError as error:
        fail(str(error))
    told = _("Codex is signed in to the simulation with")
    click.echo(f"\n{told}\n  export CODEX_HOME={folder}")


def _stop_wish() -> asyncio.Event:
    """Set by SIGTERM; Ctrl-C ends the whole run by itself."""
    stop = asyncio.Event()
    with contextlib.suppress(NotImplementedError):  # Windows has no such handlers
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    return stop
