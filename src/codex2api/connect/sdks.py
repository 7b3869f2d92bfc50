"""Libraries and curl: programs of a few lines that ask one question.

Sources: the README files of the packages openai 2 and 3 (Python), openai 6 (npm), langchain-openai
1, litellm 1, ``ai`` 6 with ``@ai-sdk/openai`` 3 and anthropic 0.70, each of which
``scripts/snippets.py`` runs.
"""

from codex2api.connect.values import KEY_VARIABLE, N_, Client, Kind, Setup, Snippet

_QUESTION = "Say hello."
_PYTHON_KEY = f'os.environ["{KEY_VARIABLE}"]'
_NODE_KEY = f"process.env.{KEY_VARIABLE}"


def _curl(to: Setup) -> tuple[Snippet, ...]:
    body = f'{{"model": "{to.model}", "messages": [{{"role": "user", "content": "{_QUESTION}"}}]}}'
    text = f"""\
curl {to.base_url}/chat/completions \\
  -H "Authorization: Bearer ${KEY_VARIABLE}" \\
  -H "Content-Type: application/json" \\
  -d '{body}'
"""
    return (Snippet("Shell", "sh", text),)


def _openai_python(to: Setup) -> tuple[Snippet, ...]:
    text = f"""\
import os

from openai import OpenAI

client = OpenAI(base_url="{to.base_url}", api_key={_PYTHON_KEY})
response = client.responses.create(model="{to.model}", input="{_QUESTION}")
print(response.output_text)
"""
    return (Snippet("Python", "python", text),)


def _openai_node(to: Setup) -> tuple[Snippet, ...]:
    text = f"""\
import OpenAI from "openai";

const client = new OpenAI({{ baseURL: "{to.base_url}", apiKey: {_NODE_KEY} }});
const response = await client.responses.create({{ model: "{to.model}", input: "{_QUESTION}" }});
console.log(response.output_text);
"""
    return (Snippet("JavaScript", "js", text),)


def _langchain(to: Setup) -> tuple[Snippet, ...]:
    text = f"""\
import os

from langchain_openai import ChatOpenAI

model = ChatOpenAI(
    model="{to.model}",
    base_url="{to.base_url}",
    api_key={_PYTHON_KEY},
)
print(model.invoke("{_QUESTION}").content)
"""
    return (Snippet("Python", "python", text),)


def _litellm(to: Setup) -> tuple[Snippet, ...]:
    library = f"""\
import os

from litellm import completion

answer = completion(
    model="openai/{to.model}",
    api_base="{to.base_url}",
    api_key={_PYTHON_KEY},
    messages=[{{"role": "user", "content": "{_QUESTION}"}}],
)
print(answer.choices[0].message.content)
"""
    proxy = f"""\
model_list:
  - model_name: {to.model}
    litellm_params:
      model: openai/{to.model}
      api_base: {to.base_url}
      api_key: os.environ/{KEY_VARIABLE}
"""
    return (
        Snippet("Python", "python", library),
        Snippet("config.yaml", "yaml", proxy),
    )


def _vercel_ai(to: Setup) -> tuple[Snippet, ...]:
    text = f"""\
import {{ createOpenAI }} from "@ai-sdk/openai";
import {{ generateText }} from "ai";

const chatgpt = createOpenAI({{ baseURL: "{to.base_url}", apiKey: {_NODE_KEY} }});
const {{ text }} = await generateText({{ model: chatgpt("{to.model}"), prompt: "{_QUESTION}" }});
console.log(text);
"""
    return (Snippet("JavaScript", "js", text),)


def _anthropic_python(to: Setup) -> tuple[Snippet, ...]:
    text = f"""\
import os

from anthropic import Anthropic

client = Anthropic(base_url="{to.origin}", api_key={_PYTHON_KEY})
message = client.messages.create(
    model="{to.model}",
    max_tokens=1024,
    messages=[{{"role": "user", "content": "{_QUESTION}"}}],
)
print("".join(block.text for block in message.content if block.type == "text"))
"""
    return (Snippet("Python", "python", text),)


CLIENTS = (
    Client("curl", "curl", Kind.SDK, "https://curl.se/docs/manpage.html", _curl),
    Client(
        "openai-python",
        "OpenAI SDK (Python)",
        Kind.SDK,
        "https://pypi.org/project/openai/",
        _openai_python,
        (N_("Install it with: pip install openai"),),
    ),
    Client(
        "openai-node",
        "OpenAI SDK (Node)",
        Kind.SDK,
        "https://www.npmjs.com/package/openai",
        _openai_node,
        (N_("Install it with: npm install openai. Save the program as hello.mjs."),),
    ),
    Client(
        "langchain",
        "LangChain",
        Kind.SDK,
        "https://pypi.org/project/langchain-openai/",
        _langchain,
        (
            N_("Install it with: pip install langchain-openai"),
            N_("use_responses_api=True is served, too."),
        ),
    ),
    Client(
        "litellm",
        "LiteLLM",
        Kind.SDK,
        "https://docs.litellm.ai/docs/providers/openai_compatible",
        _litellm,
        (
            N_("Install it with: pip install litellm"),
            N_(
                "The second text is for its proxy, which wants a LITELLM_MASTER_KEY of its own: "
                "litellm --config config.yaml"
            ),
        ),
    ),
    Client(
        "vercel-ai",
        "Vercel AI SDK",
        Kind.SDK,
        "https://ai-sdk.dev/providers/ai-sdk-providers/openai",
        _vercel_ai,
        (N_("Install it with: npm install ai @ai-sdk/openai. Save the program as hello.mjs."),),
    ),
    Client(
        "anthropic-python",
        "Anthropic SDK (Python)",
        Kind.SDK,
        "https://pypi.org/project/anthropic/",
        _anthropic_python,
        (
            N_("Install it with: pip install anthropic"),
            N_("Its base URL has no /v1 at its end."),
        ),
    ),
)
"""In the order in which people ask for them."""
