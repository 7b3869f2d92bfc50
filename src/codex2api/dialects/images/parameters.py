"""What becomes of each parameter of ``/v1/images``."""

from codex2api.dialects.parameters import ParameterTable, dropped, emulated, mapped, refused

_CHOSEN = "A wish: the backend chooses by itself, and x-codex2api-adjusted names what it chose."
_COMMON = {
    "prompt": mapped(),
    "model": mapped("Every image model of OpenAI's is served by gpt-image-2; strict: only that."),
    "background": mapped(),
    "size": mapped(_CHOSEN),
    "quality": mapped(f"hd means high, standard means auto. {_CHOSEN}"),
    "n": emulated("One request to the backend for each image.", 1),
    "response_format": dropped("Images come as b64_json; there are no addresses.", "b64_json"),
    "output_format": dropped("Images come as PNG.", "png"),
    "output_compression": dropped("Images come as PNG.", 100),
    "moderation": dropped("The backend moderates in its own way.", "auto"),
    "user": dropped("The backend knows its user by the account."),
    "partial_images": dropped("The backend sends the finished image only.", 0),
    "stream": refused("The backend sends an image as one whole answer.", False),
}

GENERATION_PARAMETERS = ParameterTable(
    _COMMON | {"style": dropped("It belongs to a model that the backend lacks.")}
)

EDIT_PARAMETERS = ParameterTable(
    _COMMON
    | {
        "image": mapped("One to five files of the form: PNG, JPEG, WebP or GIF."),
        "images": mapped("One to five, as JSON has them: data URLs, addresses or file ids."),
        "mask": refused("The backend edits the whole image; say in the prompt what to change."),
        "input_fidelity": dropped("The backend always looks closely.", "high"),
    }
)
