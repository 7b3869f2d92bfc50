"""``codex2api service``: have the machine's service manager run the server."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codex2api.cli.service_files import NAME, Service, only_in_environment, plist, unit
from codex2api.cli.terminal import Exit, fail, json_option, print_json, say

if TYPE_CHECKING:
    from codex2api.settings import Settings

_PATIENCE = 60.0

system_option = click.option("--system", is_flag=True, help="For the whole machine; needs root.")
now_option = click.option("--now", is_flag=True, help="Tell the service manager at once, too.")


@dataclass(frozen=True, slots=True)
class Installation:
    """How the service manager of this machine is told.

    Attributes:
        path: Where it finds the file.
        start: Commands that start the service, now and with every boot or login.
        stop: Commands that end it.
        state: A command that prints how it is.
    """

    path: Path
    start: Sequence[Sequence[str]]
    stop: Sequence[Sequence[str]]
    state: Sequence[str]


@click.group(name="service")
def command() -> None:
    """Run the server as a service: systemd on Linux, launchd on macOS."""


@command.command("install")
@system_option
@now_option
@click.option("--print", "only_print", is_flag=True, help="Print the file, and write nothing.")
@click.pass_context
def install(ctx: click.Context, system: bool, now: bool, only_print: bool) -> None:
    """Write the file that the service manager reads.

    It runs the Python that runs this command, with this home. Nothing is started without --now.
    """
    place = _installation(system)
    owner = _owner() if system else None
    service = _service(ctx, owner)
    content = plist(service) if sys.platform == "darwin" else unit(service).encode()
    if only_print:
        click.echo(content, nl=False)
        return
    _make_home(Path(service.home), owner)
    _write(place.path, content)
    say(f"The service is in {place.path}.")
    _tell_what_is_missing(service)
    _act(place.start, now, "Start it, and have it started from now on:")


@command.command("uninstall")
@system_option
@now_option
def uninstall(system: bool, now: bool) -> None:
    """Remove that file."""
    place = _installation(system)
    if not place.path.exists():
        fail(f"There is no service to remove: {place.path} does not exist.")
    _act(place.stop, now, "If it runs, it runs on until:")
    try:
        place.path.unlink()
    except OSError as error:
        fail(f"{place.path} cannot be removed: {error.strerror}.")
    say(f"{place.path} is removed; your sign-in and settings are untouched.")


@command.command("status")
@system_option
@json_option
def status(system: bool, as_json: bool) -> None:
    """Tell whether the service is installed, and whether it runs."""
    place = _installation(system)
    installed = place.path.exists()
    state = _state(place.state) if installed else "not installed"
    if as_json:
        print_json({"schema": 1, "file": str(place.path), "installed": installed, "state": state})
    else:
        click.echo(f"file   {place.path}\nstate  {state}")
    if not installed:
        sys.exit(Exit.FAILED)


def _installation(system: bool) -> Installation:
    if sys.platform not in ("darwin", "linux"):
        fail("Only systemd and launchd are known here; run `codex2api serve` by other means.")
    return _launchd(system) if sys.platform == "darwin" else _systemd(system)


def _systemd(system: bool) -> Installation:
    config = Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser()
    folder = Path("/etc/systemd/system") if system else config / "systemd" / "user"
    systemctl = ["systemctl"] if system else ["systemctl", "--user"]
    return Installation(
        path=folder / f"{NAME}.service",
        start=[[*systemctl, "daemon-reload"], [*systemctl, "enable", "--now", NAME]],
        stop=[[*systemctl, "disable", "--now", NAME]],
        state=[*systemctl, "is-active", NAME],
    )


def _launchd(system: bool) -> Installation:
    folder = Path("/Library/LaunchDaemons" if system else "~/Library/LaunchAgents").expanduser()
    path, domain = folder / f"{NAME}.plist", "system" if system else f"gui/{os.getuid()}"
    return Installation(
        path=path,
        start=[["launchctl", "bootstrap", domain, str(path)]],
        stop=[["launchctl", "bootout", f"{domain}/{NAME}"]],
        state=["launchctl", "print", f"{domain}/{NAME}"],
    )


def _service(ctx: click.Context, owner: str | None) -> Service:
    settings, config = _settings(ctx, owner)
    named = ["--config", str(config)] if config else []
    home, logs = str(settings.home), settings.logs_dir
    inside = logs.is_relative_to(settings.home)
    return Service(
        command=[sys.executable, "-m", NAME, *named, "serve", "--no-login"],
        home=home,
        writable=[home] if inside else [home, str(logs)],
        drain_seconds=settings.server.drain_seconds,
        user=owner,
        fenced=owner is not None or _can_fence(),
    )


def _settings(ctx: click.Context, owner: str | None) -> "tuple[Settings, Path | None]":
    """The settings that the service will have: of its files, and not of this shell."""
    from codex2api.settings import SettingsError, find_home, load_settings

    named = (ctx.find_root().obj or {}).get("config") or os.environ.get("CONFIG_PATH")
    config = Path(named).expanduser().absolute() if named else None
    try:
        env = {"CODEX2API_HOME": _home_of(owner) or str(find_home(os.environ))}
        return load_settings(env=env, config_path=config), config
    except SettingsError as error:
        fail(str(error), Exit.USAGE)


def _owner() -> str:
    """Whom a service of the machine runs as: who called sudo, or else who we are."""
    import pwd

    return os.environ.get("SUDO_USER") or pwd.getpwuid(os.geteuid()).pw_name


def _home_of(owner: str | None) -> str | None:
    """The usual home of somebody else; ``None`` where ours is meant."""
    if owner is None or os.environ.get("CODEX2API_HOME"):
        return None
    import pwd

    try:
        return f"{pwd.getpwnam(owner).pw_dir}/.codex2api"
    except KeyError:
        fail(f"There is no user {owner} on this machine.")


def _can_fence() -> bool:
    """Whether a person's own systemd can have namespaces; some distributions forbid it."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return False
    probe = [unshare, "--user", "--map-root-user", "--mount", "true"]
    return subprocess.run(probe, check=False, capture_output=True).returncode == 0  # noqa: S603


def _make_home(home: Path, owner: str | None) -> None:
    """A folder that is not there cannot be shown to the service as writable."""
    from codex2api.store.durable import make_private

    if home.exists():
        return
    try:
        make_private(home)
        if owner is not None:
            shutil.chown(home, owner)
    except OSError as error:
        fail(f"The home folder {home} cannot be made: {error.strerror}.", Exit.USAGE)


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o644)
    except OSError as error:
        hint = "; a service of the whole machine needs root" if error.errno == 13 else ""
        fail(f"{path} cannot be written: {error.strerror}{hint}.")


def _tell_what_is_missing(service: Service) -> None:
    from codex2api.settings.layers import SHORT_NAMES

    if names := only_in_environment(os.environ, tuple(SHORT_NAMES)):
        say(
            f"Not in it: what {', '.join(names)} set for this shell alone. "
            "Put it into the config file: codex2api config set KEY VALUE"
        )
    if not service.fenced:
        say(
            "It has no file system of its own: this machine lets no person's service have one, "
            "or `unshare` is missing."
        )


def _act(commands: Sequence[Sequence[str]], now: bool, otherwise: str) -> None:
    """Run commands of the service manager, or say which they are."""
    if not now:
        say(otherwise)
        for words in commands:
            say(f"  {' '.join(words)}")
        return
    for words in commands:
        try:
            subprocess.run(words, check=True, timeout=_PATIENCE)  # noqa: S603 (our own words)
        except (OSError, subprocess.SubprocessError) as error:
            fail(f"`{' '.join(words)}` failed: {error}.")


def _state(words: Sequence[str]) -> str:
    try:
        done = subprocess.run(  # noqa: S603 (our own words)
            words, check=False, capture_output=True, text=True, timeout=_PATIENCE
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    if words[0] == "launchctl":  # prints pages, and only its exit code is meant for programs
        return "active" if done.returncode == 0 else "inactive"
    return done.stdout.strip() or "unknown"
