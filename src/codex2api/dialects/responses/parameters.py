"""What becomes of each parameter of ``/v1/responses``."""

from codex2api.dialects.parameters import ParameterTable, dropped, emulated, mapped, refused

_NO_SAMPLING = "The backend chooses its own sampling."
_NO_STATE = "This server keeps nothing; send the whole conversation as input."

RESPONSES_PARAMETERS = ParameterTable(
    {
        "model": mapped("May carry an effort: `gpt-5.2-high`."),
        "input": mapped("Items that cannot be replayed are left out and named."),
        "instructions": mapped(),
        "stream": emulated("The backend always streams; a whole answer is folded.", True),
        "stream_options": dropped(
            "Deltas are never padded.",
            {},
            {"include_obfuscation": False},
            {"include_usage": True},
        ),
        "tools": mapped("Functions, custom tools, namespaces, web search, image generation."),
        "tool_choice": mapped(),
        "parallel_tool_calls": mapped(),
        "reasoning": mapped(),
        "text": mapped(),
        "include": mapped("Encrypted reasoning is always included."),
        "prompt_cache_key": mapped(),
        "service_tier": mapped("Where the model offers the tier."),
        "client_metadata": mapped("As the Codex command line sends it."),
        "metadata": emulated("Comes back in the response object.", {}),
        "store": emulated("On unless it is `false`: the response is kept by this server.", False),
        "previous_response_id": emulated("What was said before is sent along."),
        "conversation": emulated("Its items are sent along, and what is said is added to it."),
        "background": emulated("The answer is worked on while nobody waits for it.", False),
        "prompt": refused("Prompt templates live in an OpenAI account that this server lacks."),
        "max_output_tokens": emulated(
            "The answer is cut here, and the backend stopped; thoughts are not counted."
        ),
        "max_tool_calls": dropped("The backend takes no limit."),
        "temperature": dropped(_NO_SAMPLING, 1),
        "top_p": dropped(_NO_SAMPLING, 1),
        "top_logprobs": dropped("The backend gives no log probabilities.", 0),
        "truncation": dropped("The backend refuses what is too long.", "disabled"),
        "context_management": dropped("The backend does not compact by itself."),
        "moderation": dropped("The backend moderates by its own rules."),
        "prompt_cache_options": dropped("The backend has its own cache policy."),
        "prompt_cache_retention": dropped("The backend has its own cache policy."),
        "safety_identifier": dropped("The account itself is what the backend sees."),
        "user": dropped("The account itself is what the backend sees."),
    }
)

FORGETFUL_PARAMETERS = RESPONSES_PARAMETERS.but(
    store=dropped(_NO_STATE, False),
    previous_response_id=refused(_NO_STATE),
    conversation=refused(_NO_STATE),
    background=refused(_NO_STATE, False),
)
"""The same where the owner wants nothing to be kept."""
