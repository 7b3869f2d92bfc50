"""What becomes of each parameter of ``/v1/chat/completions``."""

from codex2api.dialects.parameters import ParameterTable, dropped, emulated, mapped, refused

_NO_SAMPLING = "The backend offers no control over sampling."
_LIMIT = "The answer is cut here, and the backend stopped; thoughts are not counted."

CHAT_PARAMETERS = ParameterTable(
    {
        "model": mapped("Aliases of the form MODEL-EFFORT are understood."),
        "messages": mapped("Text, images and files; sound is refused."),
        "input": mapped("As in the Responses API; read where there are no messages."),
        "tools": mapped("Functions, custom tools and web_search."),
        "tool_choice": mapped(),
        "parallel_tool_calls": mapped(),
        "functions": mapped("The older form of tools; answered with function_call."),
        "function_call": mapped("The older form of tool_choice."),
        "response_format": mapped(),
        "reasoning_effort": mapped("Moved to the nearest effort that the model offers."),
        "reasoning": mapped("As in the Responses API; reasoning_effort goes before it."),
        "verbosity": mapped(),
        "service_tier": mapped("Where the model offers the tier."),
        "prompt_cache_key": mapped("Derived from the beginning of the conversation if absent."),
        "web_search_options": mapped("Adds the web_search tool."),
        "stream": emulated("The backend only streams; whole answers are gathered.", True),
        "stream_options": emulated(
            "include_usage; obfuscation is never added.",
            {},
            {"include_usage": False},
            {"include_obfuscation": False},
            {"include_usage": False, "include_obfuscation": False},
        ),
        "n": emulated("As many calls to the backend; setting codex.maxChoices.", 1),
        "stop": emulated("The text is cut before it, and the backend stopped.", "", []),
        "max_tokens": emulated(_LIMIT),
        "max_completion_tokens": emulated(_LIMIT),
        "temperature": dropped(_NO_SAMPLING, 1),
        "top_p": dropped(_NO_SAMPLING, 1),
        "frequency_penalty": dropped(_NO_SAMPLING, 0),
        "presence_penalty": dropped(_NO_SAMPLING, 0),
        "logit_bias": dropped(_NO_SAMPLING, {}),
        "seed": dropped(_NO_SAMPLING),
        "logprobs": dropped("The backend tells no probabilities.", False),
        "top_logprobs": dropped("The backend tells no probabilities.", 0),
        "prediction": dropped("It would only make the answer faster."),
        "store": emulated("The completion is kept by this server.", False),
        "metadata": emulated(
            "Of stored completions only; without `store` dropped.", {}, needs="store"
        ),
        "moderation": dropped("The backend moderates in its own way."),
        "user": dropped("The backend knows its user by the account."),
        "safety_identifier": dropped("The backend knows its user by the account."),
        "prompt_cache_retention": dropped("The backend decides how long it caches."),
        "prompt_cache_options": dropped("The backend decides what it caches."),
        "modalities": refused("The backend answers in text only.", ["text"], []),
        "audio": refused("The backend answers in text only."),
    }
)

FORGETFUL_PARAMETERS = CHAT_PARAMETERS.but(
    store=dropped("This server keeps nothing.", False),
    metadata=dropped("This server keeps nothing.", {}),
)
"""The same where the owner wants nothing to be kept."""
