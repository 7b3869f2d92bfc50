"""Programs of the terminal.

Facts and where they are from:

- Codex CLI: ``$CODEX_HOME/config.toml``, ``[model_providers.NAME]`` with ``base_url``, ``env_key``
  and ``wire_api``, of which ``responses`` is the only one left (Codex' configuration reference,
  and version 0.169 itself).
- OpenCode: ``~/.config/opencode/opencode.json`` on every system; ``{env:NAME}``; the package
  ``@ai-sdk/openai`` speaks Responses (its documentation of providers, and version 1.18 itself).
- Aider: ``~/.aider.conf.yml`` with its options by their long names; models that LiteLLM shall ask
  the OpenAI way begin with ``openai/`` (aider.chat, "OpenAI compatible APIs", "YAML config file").
- llm: ``extra-openai-models.yaml`` in click's folder of ``io.datasette.llm`` (its source, 0.36).
- Claude Code: the variables of its page on gateways; ``ANTHROPIC_AUTH_TOKEN`` goes out as bearer
  token, and the base URL has no ``/v1``.
"""

from pathlib import PurePath

from codex2api.connect.json_files import merged_json
from codex2api.connect.toml_files import parsed_toml, with_blocks
from codex2api.connect.values import (
    KEY_VARIABLE,
    N_,
    Client,
    FileEdit,
    Kind,
    Machine,
    Merged,
    Setup,
    Snippet,
    UnsafeEditError,
)
from codex2api.connect.yaml_files import with_entry, with_keys

_NAME = "codex2api"

_LONGEST_ANSWER = 128_000
"""Tokens; OpenCode wants to be told, and reserves as much of the window."""


def _codex_tables(to: Setup) -> str:
    return f"""\
[model_providers.{_NAME}]
name = "{_NAME}"
base_url = "{to.base_url}"
env_key = "{KEY_VARIABLE}"
wire_api = "responses"
supports_websockets = true
"""


def _codex_choice(to: Setup) -> dict[str, str]:
    return {"model": f'model = "{to.model}"', "model_provider": f'model_provider = "{_NAME}"'}


def _codex(to: Setup) -> tuple[Snippet, ...]:
    lines = "\n".join(_codex_choice(to).values())
    return (Snippet("~/.codex/config.toml", "toml", f"{lines}\n\n{_codex_tables(to)}"),)


def _codex_merged(old: str | None, to: Setup) -> Merged:
    bare, content = parsed_toml(old)
    providers = content.get("model_providers", {})
    if not isinstance(providers, dict) or _NAME in providers:
        raise UnsafeEditError(
            N_("It has its own [{table}] already."), table=f"model_providers.{_NAME}"
        )
    kept = "model_provider" in content
    lines = [line for key, line in _codex_choice(to).items() if not kept and key not in content]
    text = with_blocks(old, bare, "\n".join(lines), _codex_tables(to))
    notes = (
        N_(
            "The model_provider that was there stays; "
            "for one session: codex -c model_provider=codex2api"
        ),
    )
    return Merged(text, notes if kept else ())


def _codex_path(machine: Machine) -> PurePath:
    return machine.named("CODEX_HOME", ".codex") / "config.toml"


def _opencode_wanted(to: Setup) -> dict[str, object]:
    model = {
        "name": f"{to.model} (ChatGPT)",
        "reasoning": True,
        "tool_call": True,
        "attachment": True,
        "limit": {"context": to.context_window, "output": _LONGEST_ANSWER},
    }
    provider = {
        "npm": "@ai-sdk/openai",
        "name": "ChatGPT (codex2api)",
        "options": {"baseURL": to.base_url, "apiKey": f"{{env:{KEY_VARIABLE}}}"},
        "models": {to.model: model},
    }
    return {"provider": {_NAME: provider}}


def _opencode_merged(old: str | None, to: Setup) -> Merged:
    start = {"$schema": "https://opencode.ai/config.json", "model": f"{_NAME}/{to.model}"}
    return merged_json(old, _opencode_wanted(to), if_absent=start)


def _opencode(to: Setup) -> tuple[Snippet, ...]:
    text = _opencode_merged(None, to).text
    return (Snippet("~/.config/opencode/opencode.json", "json", text),)


def _opencode_path(machine: Machine) -> PurePath:
    return machine.config / "opencode" / "opencode.json"


def _aider_lines(to: Setup) -> str:
    return f"""\
model: openai/{to.model}
openai-api-base: {to.base_url}
show-model-warnings: false
"""


def _aider(to: Setup) -> tuple[Snippet, ...]:
    start = f'export OPENAI_API_KEY="${KEY_VARIABLE}"\naider\n'
    return (
        Snippet("~/.aider.conf.yml", "yaml", _aider_lines(to)),
        Snippet("Shell", "sh", start),
    )


def _aider_merged(old: str | None, to: Setup) -> Merged:
    return Merged(with_keys(old, _aider_lines(to)))


def _llm_item(to: Setup) -> str:
    return f"""\
- model_id: {_NAME}/{to.model}
  aliases: [{_NAME}]
  model_name: {to.model}
  api_base: {to.base_url}
  api_key_name: {_NAME}
  supports_tools: true
  supports_schema: true
  vision: true
"""


def _llm(to: Setup) -> tuple[Snippet, ...]:
    start = f'llm keys set {_NAME}\nllm -m {_NAME} "Say hello."\n'
    return (
        Snippet("extra-openai-models.yaml", "yaml", _llm_item(to)),
        Snippet("Shell", "sh", start),
    )


def _llm_merged(old: str | None, to: Setup) -> Merged:
    return Merged(with_entry(old, _llm_item(to), f"model_id: {_NAME}/{to.model}"))


def _llm_path(machine: Machine) -> PurePath:
    folder = {
        "darwin": machine.home / "Library" / "Application Support",
        "win32": machine.roaming,
    }.get(machine.system, machine.config)
    return machine.named("LLM_USER_PATH", *(folder / "io.datasette.llm").parts) / (
        "extra-openai-models.yaml"
    )


def _claude_code(to: Setup) -> tuple[Snippet, ...]:
    models = "".join(
        f"export ANTHROPIC_DEFAULT_{tier}_MODEL={to.model}\n"
        for tier in ("OPUS", "SONNET", "HAIKU")
    )
    text = f"""\
export ANTHROPIC_BASE_URL={to.origin}
export ANTHROPIC_AUTH_TOKEN="${KEY_VARIABLE}"
export ANTHROPIC_MODEL={to.model}
{models}claude
"""
    return (Snippet("Shell", "sh", text),)


CLIENTS = (
    Client(
        "codex",
        "Codex CLI",
        Kind.SHELL,
        "https://developers.openai.com/codex/config-reference",
        _codex,
        (N_("Then start: codex"),),
        edit=FileEdit(_codex_path, _codex_merged),
    ),
    Client(
        "claude-code",
        "Claude Code",
        Kind.SHELL,
        "https://code.claude.com/docs/en/llm-gateway",
        _claude_code,
        (
            N_("The address has no /v1 at its end."),
            N_("A variable ANTHROPIC_API_KEY that is set as well would be sent, too: unset it."),
        ),
    ),
    Client(
        "opencode",
        "OpenCode",
        Kind.SHELL,
        "https://opencode.ai/docs/providers/",
        _opencode,
        (N_("Then start: opencode"),),
        edit=FileEdit(_opencode_path, _opencode_merged),
    ),
    Client(
        "aider",
        "Aider",
        Kind.SHELL,
        "https://aider.chat/docs/llms/openai-compat.html",
        _aider,
        edit=FileEdit(lambda machine: machine.home / ".aider.conf.yml", _aider_merged),
    ),
    Client(
        "llm",
        "llm",
        Kind.SHELL,
        "https://llm.datasette.io/en/stable/other-models.html",
        _llm,
        (
            N_('The file is in the folder that this prints: dirname "$(llm logs path)"'),
            N_("llm keeps the key itself: llm keys set codex2api asks for it."),
        ),
        pastes_key=True,
        edit=FileEdit(_llm_path, _llm_merged),
    ),
)
"""In the order in which people ask for them."""
