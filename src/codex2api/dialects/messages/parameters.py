"""What becomes of each parameter of ``/v1/messages`` and ``/v1/messages/count_tokens``."""

from codex2api.dialects.parameters import ParameterTable, dropped, emulated, mapped, refused

_NO_SAMPLING = "The backend offers no control over sampling."
_THEIRS = "Part of Anthropic's own machinery."
_KEEPS_THINKING = {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]}
"""What Claude Code asks for in every request, and what happens anyway."""

_PROMPT = {
    "model": mapped(
        "One of the backend's, with an effort or without, or a name of `messages.models`."
    ),
    "messages": mapped("Text, images, documents, tools and their results, sealed thinking."),
    "system": mapped("Becomes the instructions, without Claude Code's billing header."),
    "tools": mapped("Tools of your own and web search; other hosted ones are left out and named."),
    "tool_choice": mapped(),
    "thinking": mapped("Shown if asked for; a budget becomes an effort, `disabled` the least."),
    "output_config": mapped("`effort` goes before a budget; `format` is held to if it is closed."),
    "output_format": mapped("The older place of `output_config.format`."),
    "cache_control": mapped("The backend caches by itself; nothing has to be marked."),
    "speed": mapped("`fast` is the tier `priority`, where the model offers it."),
    "context_management": dropped("Nothing is cleared.", {}, {"edits": []}, _KEEPS_THINKING),
    "mcp_servers": refused("The backend reaches no MCP servers for you.", []),
    "billing_policy": dropped(_THEIRS),
    "compaction": dropped("Nothing is compacted unasked."),
}

MESSAGES_PARAMETERS = ParameterTable(
    {
        **_PROMPT,
        "metadata": mapped("`user_id` keeps a user's requests on one account and cache."),
        "service_tier": mapped("Both values mean what happens anyway."),
        "stream": emulated("The backend only streams; whole answers are gathered.", True),
        "max_tokens": emulated(
            "The answer is cut here, and the backend stopped; thoughts are not counted."
        ),
        "stop_sequences": emulated("The text is cut before it, and the backend stopped.", []),
        "temperature": dropped(_NO_SAMPLING, 1),
        "top_p": dropped(_NO_SAMPLING, 1),
        "top_k": dropped(_NO_SAMPLING),
        "container": dropped("There are no containers."),
        "diagnostics": dropped(_THEIRS),
        "fallback_credit_token": dropped(_THEIRS),
        "fallbacks": dropped("Another model is never taken unasked."),
        "inference_geo": dropped("The backend decides where it works."),
        "thread": dropped("Nothing is kept: send the whole conversation."),
    }
)

COUNT_PARAMETERS = ParameterTable(_PROMPT)
