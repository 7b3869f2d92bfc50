"""Programs with a face of their own; many of them run in containers.

Facts and where they are from:

- Open WebUI: ``OPENAI_API_BASE_URL`` and ``OPENAI_API_KEY``; its image listens on 8080. Its own
  instructions publish that as port 3000, which here is taken by codex2api (docs.openwebui.com).
- LibreChat: ``endpoints.custom`` of ``librechat.yaml``, ``${NAME}`` from its ``.env``; its compose
  file knows ``host.docker.internal``, and has to be told to mount ``librechat.yaml``
  (librechat.ai, "Custom Endpoints").
- n8n: the credential "OpenAI" has a Base URL (its ``OpenAiApi.credentials.ts``).
- Home Assistant: its own OpenAI integration has no field for an address and will get none
  (home-assistant/core#137087); "Extended OpenAI Conversation" of HACS has one.
- Raycast: ``~/.config/raycast/ai/providers.yaml``, on Windows too, holds the key itself (its
  manual, "Custom providers"; the extension ``raycast-ai-custom-providers``).
"""

from codex2api.connect.editors import form
from codex2api.connect.values import KEY_VARIABLE, N_, Client, Kind, Reach, Setup, Snippet


def _open_webui(to: Setup) -> tuple[Snippet, ...]:
    text = f"""\
docker run --detach --name open-webui --publish 8080:8080 \\
  --add-host host.docker.internal:host-gateway \\
  --volume open-webui:/app/backend/data \\
  --env OPENAI_API_BASE_URL={to.base_url} \\
  --env OPENAI_API_KEY="${KEY_VARIABLE}" \\
  ghcr.io/open-webui/open-webui:main
"""
    rows = (("URL", to.base_url), ("API Key", to.pasted_key))
    return (
        Snippet("Shell", "sh", text),
        Snippet(
            "Admin Settings > Connections > OpenAI > Manage > Add New Connection",
            "text",
            form(*rows),
        ),
    )


def _librechat(to: Setup) -> tuple[Snippet, ...]:
    endpoint = f"""\
version: 1.2.8
endpoints:
  custom:
    - name: ChatGPT
      apiKey: "${{{KEY_VARIABLE}}}"
      baseURL: {to.base_url}
      models:
        default: [{to.model}]
        fetch: true
      titleConvo: true
      titleModel: current_model
      modelDisplayLabel: ChatGPT
"""
    mount = """\
services:
  api:
    extra_hosts:
      - host.docker.internal:host-gateway
    volumes:
      - type: bind
        source: ./librechat.yaml
        target: /app/librechat.yaml
"""
    return (
        Snippet("librechat.yaml", "yaml", endpoint),
        Snippet(".env", "env", f"{KEY_VARIABLE}={to.pasted_key}\n"),
        Snippet("docker-compose.override.yml", "yaml", mount),
    )


def _n8n(to: Setup) -> tuple[Snippet, ...]:
    rows = (("API Key", to.pasted_key), ("Base URL", to.base_url))
    return (Snippet("Credentials > OpenAI", "text", form(*rows)),)


def _home_assistant(to: Setup) -> tuple[Snippet, ...]:
    rows = (
        ("API key", to.pasted_key),
        ("Base URL", to.base_url),
        ("Model", to.model),
    )
    return (Snippet("Extended OpenAI Conversation", "text", form(*rows)),)


def _raycast(to: Setup) -> tuple[Snippet, ...]:
    text = f"""\
providers:
  - id: codex2api
    name: ChatGPT (codex2api)
    base_url: {to.base_url}
    api_keys:
      codex2api: {to.pasted_key}
    models:
      - id: {to.model}
        name: {to.model}
        provider: codex2api
        context: {to.context_window}
        abilities:
          temperature:
            supported: false
          vision:
            supported: true
          system_message:
            supported: true
          tools:
            supported: true
          reasoning_effort:
            supported: true
"""
    return (Snippet("~/.config/raycast/ai/providers.yaml", "yaml", text),)


CLIENTS = (
    Client(
        "open-webui",
        "Open WebUI",
        Kind.APP,
        "https://docs.openwebui.com/getting-started/quick-start/connect-a-provider/starting-with-openai-compatible/",
        _open_webui,
        (N_("It then is at http://localhost:8080; port 3000 is the one of codex2api."),),
        Reach.CONTAINER,
    ),
    Client(
        "librechat",
        "LibreChat",
        Kind.APP,
        "https://www.librechat.ai/docs/quick_start/custom_endpoints",
        _librechat,
        (N_("The files are in the folder of LibreChat. Then: docker compose up --detach"),),
        Reach.CONTAINER,
        pastes_key=True,
    ),
    Client(
        "n8n",
        "n8n",
        Kind.APP,
        "https://docs.n8n.io/integrations/builtin/credentials/openai/",
        _n8n,
        (
            N_("Choose the credential in the node OpenAI Chat Model; it lists the models itself."),
            N_("Run its container with: --add-host host.docker.internal:host-gateway"),
        ),
        Reach.CONTAINER,
        pastes_key=True,
    ),
    Client(
        "home-assistant",
        "Home Assistant",
        Kind.APP,
        "https://github.com/jekalmin/extended_openai_conversation",
        _home_assistant,
        (
            N_(
                "Home Assistant's own OpenAI integration takes no address; "
                "install Extended OpenAI Conversation with HACS."
            ),
        ),
        Reach.NETWORK,
        pastes_key=True,
    ),
    Client(
        "raycast",
        "Raycast",
        Kind.APP,
        "https://manual.raycast.com/ai/custom-providers",
        _raycast,
        (N_("Custom Providers are part of Raycast Pro; switch them on in Raycast Settings > AI."),),
        pastes_key=True,
    ),
)
"""In the order in which people ask for them."""
