"""Editors and their extensions.

Facts and where they are from:

- Cursor calls from its makers' servers, so it needs a public address with https; the override of
  the base URL is below the OpenAI key in its settings of models (cursor.com, "Bring your own API
  key"; many threads on ``localhost``). Free plans cannot choose a model (ngrok.com, "Cursor").
- Cline: provider "OpenAI Compatible" with Base URL, API Key and Model ID (docs.cline.bot).
- Continue: ``~/.continue/config.yaml``; ``${{ secrets.NAME }}`` is read from ``~/.continue/.env``,
  not from the shell (docs.continue.dev, continuedev/continue#5902).
- Zed: ``language_models.openai_compatible`` in ``settings.json``; the key is in the keychain of the
  system; ``max_tokens`` is the context window (zed.dev, "Use API access").
"""

from pathlib import PurePath

from codex2api.connect.json_files import merged_json
from codex2api.connect.values import (
    KEY_VARIABLE,
    N_,
    Client,
    FileEdit,
    Kind,
    Machine,
    Merged,
    Reach,
    Setup,
    Snippet,
)
from codex2api.connect.yaml_files import with_item


def form(*rows: tuple[str, str]) -> str:
    """Fields of a form and what to put in, one a line."""
    width = max(len(name) for name, _ in rows)
    return "".join(f"{name.ljust(width)}  {value}\n" for name, value in rows)


def _cursor(to: Setup) -> tuple[Snippet, ...]:
    rows = (
        ("OpenAI API Key", to.pasted_key),
        ("Override OpenAI Base URL", to.base_url),
        ("+ Add model", to.model),
    )
    return (Snippet("Cursor Settings > Models > API Keys", "text", form(*rows)),)


def _cline(to: Setup) -> tuple[Snippet, ...]:
    rows = (
        ("API Provider", "OpenAI Compatible"),
        ("Base URL", to.base_url),
        ("API Key", to.pasted_key),
        ("Model ID", to.model),
        ("Context Window Size", str(to.context_window)),
    )
    return (Snippet("Cline settings", "text", form(*rows)),)


def _continue_item(to: Setup) -> str:
    return f"""\
- name: ChatGPT {to.model}
  provider: openai
  model: {to.model}
  apiBase: {to.base_url}
  apiKey: ${{{{ secrets.{KEY_VARIABLE} }}}}
  roles: [chat, edit, apply]
  capabilities: [tool_use, image_input]
  defaultCompletionOptions:
    contextLength: {to.context_window}
"""


_CONTINUE_HEAD = "name: Local Config\nversion: 1.0.0\nschema: v1\n"


def _continue(to: Setup) -> tuple[Snippet, ...]:
    items = "".join(f"  {line}\n" for line in _continue_item(to).splitlines())
    return (
        Snippet("~/.continue/config.yaml", "yaml", f"{_CONTINUE_HEAD}models:\n{items}"),
        Snippet("~/.continue/.env", "env", f"{KEY_VARIABLE}={to.pasted_key}\n"),
    )


def _continue_merged(old: str | None, to: Setup) -> Merged:
    return Merged(with_item(old, "models", _continue_item(to), _CONTINUE_HEAD))


def _continue_path(machine: Machine) -> PurePath:
    return machine.named("CONTINUE_GLOBAL_DIR", ".continue") / "config.yaml"


def _zed_wanted(to: Setup) -> dict[str, object]:
    model = {
        "name": to.model,
        "display_name": f"{to.model} (ChatGPT)",
        "max_tokens": to.context_window,
        "capabilities": {
            "tools": True,
            "images": True,
            "parallel_tool_calls": True,
            "prompt_cache_key": True,
        },
    }
    provider = {"api_url": to.base_url, "available_models": [model]}
    return {"language_models": {"openai_compatible": {"codex2api": provider}}}


def _zed(to: Setup) -> tuple[Snippet, ...]:
    text = merged_json(None, _zed_wanted(to)).text
    return (Snippet("settings.json", "json", text),)


def _zed_merged(old: str | None, to: Setup) -> Merged:
    return merged_json(old, _zed_wanted(to))


def _zed_path(machine: Machine) -> PurePath:
    if machine.system == "win32":
        return machine.roaming / "Zed" / "settings.json"
    if machine.system == "darwin":
        return machine.home / ".config" / "zed" / "settings.json"
    return machine.config / "zed" / "settings.json"


CLIENTS = (
    Client(
        "cursor",
        "Cursor",
        Kind.EDITOR,
        "https://cursor.com/help/models-and-usage/api-keys",
        _cursor,
        (
            N_("It needs a paid plan of Cursor, and both switches beside the fields turned on."),
            N_("The override counts for all OpenAI models; Tab completion stays Cursor's own."),
            N_("The key travels through Cursor's servers: give it one of its own, with limits."),
        ),
        Reach.INTERNET,
        pastes_key=True,
    ),
    Client(
        "cline",
        "Cline",
        Kind.EDITOR,
        "https://docs.cline.bot/provider-config/openai-compatible",
        _cline,
        pastes_key=True,
    ),
    Client(
        "continue",
        "Continue",
        Kind.EDITOR,
        "https://docs.continue.dev/reference",
        _continue,
        (N_("Continue does not read the shell's variables: the key goes into its own .env file."),),
        pastes_key=True,
        edit=FileEdit(_continue_path, _continue_merged),
    ),
    Client(
        "zed",
        "Zed",
        Kind.EDITOR,
        "https://zed.dev/docs/ai/use-api-access",
        _zed,
        (
            N_("Open the file in Zed with the action: zed: open settings file"),
            N_("Paste the key with: agent: open settings, LLM Providers, codex2api"),
        ),
        pastes_key=True,
        edit=FileEdit(_zed_path, _zed_merged),
    ),
)
"""In the order in which people ask for them."""
