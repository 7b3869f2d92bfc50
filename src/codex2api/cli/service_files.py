"""What a service manager reads to run the server: a systemd unit, or a launchd plist. Pure."""

import plistlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NAME = "codex2api"

_STOPPING = 20
"""Seconds beyond the time to drain: the manager must not kill what is about to end by itself."""

_HARDENED = (
    "NoNewPrivileges=yes",
    "LockPersonality=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK",
    "SystemCallArchitectures=native",
    "UMask=0077",
)
"""Holds for every manager: none of it needs a namespace or a capability."""

_FENCED = (
    "PrivateTmp=yes",
    "ProtectSystem=strict",
    "ProtectHome=read-only",
    "ProtectControlGroups=yes",
    "ProtectKernelTunables=yes",
)

_FENCED_BY_ROOT = (
    "AmbientCapabilities=",
    "CapabilityBoundingSet=",
    "KeyringMode=private",
    "PrivateDevices=yes",
    "ProtectClock=yes",
    "ProtectHostname=yes",
    "ProtectKernelLogs=yes",
    "ProtectKernelModules=yes",
    "ProtectProc=invisible",
    "RestrictNamespaces=yes",
    "SystemCallErrorNumber=EPERM",
    "SystemCallFilter=@system-service",
    "SystemCallFilter=~@privileged @resources",
)
"""A person's own manager has no capabilities to give away, and fails where it is told to."""


@dataclass(frozen=True, slots=True)
class Service:
    """How the server is run.

    Attributes:
        command: Program and arguments.
        home: ``CODEX2API_HOME``.
        writable: Folders that it writes to.
        drain_seconds: How long answers may take when it is stopped.
        user: Whom a service of the whole machine runs as; ``None`` for a person's own.
        fenced: Whether the manager can show it a file system that is read-only elsewhere.
        state: Folder below ``/var/lib`` that the manager makes for it, with the home in it.
    """

    command: Sequence[str]
    home: str
    writable: Sequence[str]
    drain_seconds: float
    user: str | None = None
    fenced: bool = True
    state: str | None = None

    @property
    def stop_seconds(self) -> int:
        """After which the manager may kill it."""
        return round(self.drain_seconds) + _STOPPING


def unit(service: Service) -> str:
    """A systemd unit, of the machine or of a person."""
    sections = {
        "Unit": _about(service),
        "Service": [*_running(service), "", *_sandbox(service)],
        "Install": [f"WantedBy={'multi-user' if service.user else 'default'}.target"],
    }
    return "\n".join("\n".join([f"[{name}]", *lines, ""]) for name, lines in sections.items())


def _about(service: Service) -> list[str]:
    lines = ["Description=codex2api, the OpenAI API on your own ChatGPT plan"]
    if service.user:
        lines += ["Wants=network-online.target", "After=network-online.target"]
    return [*lines, "StartLimitIntervalSec=300", "StartLimitBurst=10"]


def _running(service: Service) -> list[str]:
    return [
        "Type=exec",
        f"ExecStart={' '.join(_quoted(word, command=True) for word in service.command)}",
        "ExecReload=/bin/kill -HUP $MAINPID",
        f"Environment={_quoted(f'CODEX2API_HOME={service.home}')}",
        *([f"User={service.user}"] if service.user else []),
        *([f"StateDirectory={service.state}"] if service.state else []),
        *(["StateDirectoryMode=0700"] if service.state else []),
        "Restart=on-failure",
        "RestartSec=2",
        "# 2: wrong configuration, which a restart does not mend. 143: stopped twice.",
        "RestartPreventExitStatus=2",
        "SuccessExitStatus=143",
        "# The server passes the signal on to its workers itself, and lets answers finish.",
        "KillMode=mixed",
        f"TimeoutStopSec={service.stop_seconds}",
    ]


def _sandbox(service: Service) -> list[str]:
    lines = list(_HARDENED)
    if service.fenced:
        lines += _FENCED
        lines += [f"ReadWritePaths={_quoted(folder)}" for folder in service.writable]
    if service.user:
        lines += _FENCED_BY_ROOT
    return lines


def _quoted(text: str, *, command: bool = False) -> str:
    """A word as systemd reads it back; in a command, ``$`` would be a variable."""
    for special, safe in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%"), ("\n", "\\n")):
        text = text.replace(special, safe)
    return f'"{text.replace("$", "$$") if command else text}"'


def plist(service: Service) -> bytes:
    """A launchd property list, of the machine or of a person."""
    content: dict[str, object] = {
        "Label": NAME,
        "ProgramArguments": list(service.command),
        "EnvironmentVariables": {"CODEX2API_HOME": service.home},
        "RunAtLoad": True,
        # Started again when it fails, and not when it was asked to end.
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 10,
        "ExitTimeOut": service.stop_seconds,
        "ProcessType": "Interactive",
        "StandardErrorPath": f"{service.home}/service.log",
        "Umask": 0o077,
    }
    if service.user:
        content["UserName"] = service.user
    return plistlib.dumps(content, sort_keys=False)


def only_in_environment(env: Mapping[str, str], names: Sequence[str]) -> list[str]:
    """Variables that set something for this shell, and would not for a service."""
    return sorted(
        name
        for name in env
        if env[name]
        and (name in names or (name.startswith("CODEX2API_") and name != "CODEX2API_HOME"))
    )
