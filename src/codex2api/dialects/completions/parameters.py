"""What becomes of each parameter of ``/v1/completions``."""

from codex2api.dialects.parameters import ParameterTable, dropped, emulated, mapped

_NO_SAMPLING = "The backend offers no control over sampling."

COMPLETIONS_PARAMETERS = ParameterTable(
    {
        "model": mapped("Aliases of the form MODEL-EFFORT are understood."),
        "prompt": mapped(
            "A text or several, each asked for by itself; arrays of tokens are answered with 400."
        ),
        "suffix": emulated("The model is told to write what belongs between the two.", ""),
        "max_tokens": emulated(
            "The text is cut here, and the backend stopped; thoughts are not counted. "
            "Left out it is 16, as at OpenAI."
        ),
        "n": emulated("As many calls for each prompt; setting `codex.maxChoices`.", 1),
        "best_of": dropped(
            "Nobody can rank the candidates; less than `n` is answered with 400.", 1, same_as="n"
        ),
        "echo": emulated("The prompt is put before each choice.", False),
        "stop": emulated("The text is cut before it, and the backend stopped.", "", []),
        "stream": emulated("The backend only streams; whole answers are gathered.", True),
        "stream_options": emulated(
            "`include_usage`; obfuscation is never added.",
            {},
            {"include_usage": False},
            {"include_obfuscation": False},
            {"include_usage": False, "include_obfuscation": False},
        ),
        "logprobs": dropped("The backend tells no probabilities."),
        "temperature": dropped(_NO_SAMPLING, 1),
        "top_p": dropped(_NO_SAMPLING, 1),
        "frequency_penalty": dropped(_NO_SAMPLING, 0),
        "presence_penalty": dropped(_NO_SAMPLING, 0),
        "logit_bias": dropped(_NO_SAMPLING, {}),
        "seed": dropped(_NO_SAMPLING),
        "user": dropped("The backend knows its user by the account."),
    }
)
