"""An image request in the backend's terms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from codex2api.dialects.images.schema import GenerateImage
from codex2api.dialects.openai_refusals import missing
from codex2api.errors import ApiError, Kind
from codex2api.protocol.errand import Errand
from codex2api.protocol.json import encode

MOST_REFERENCES = 5
"""Images to work from; the backend takes no more (protocol sheet, section 7)."""

_SERVED = "gpt-image-2"
_FAMILIES = ("gpt-image-", "chatgpt-image-", "dall-e-")
"""Names of all image models begin so; the backend has one, whatever it is asked for."""

_QUALITIES = {"standard": "auto", "hd": "high"}
"""Names of an older model for what the backend has, too."""


@dataclass(frozen=True, slots=True)
class ImageWish:
    """What a caller wants of the backend.

    Attributes:
        errand: For one image.
        count: How many images.
        asked: Wishes that the backend may choose not to heed, and what was asked.
        adjusted: Wishes that were moved before the backend was asked: ``model:dall-e-3->…``.
        replaced: Parameters whose value is not honoured as it was written.
    """

    errand: Errand
    count: int
    asked: Mapping[str, str] = field(default_factory=dict)
    adjusted: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()


def to_generate(request: GenerateImage) -> ImageWish:
    """A wish for new images.

    Raises:
        ApiError: No image model has this name.
    """
    return _wish("/codex/images/generations", request, {})


def to_edit(request: GenerateImage, references: Sequence[str], place: str) -> ImageWish:
    """A wish for changed images.

    Args:
        request: The rest of the wish.
        references: Data URLs or addresses of the images to work from.
        place: The parameter that they came in.

    Raises:
        ApiError: No image model has this name, or there are no images, or too many.
    """
    if not references:
        raise missing(place)
    if len(references) > MOST_REFERENCES:
        raise ApiError(
            Kind.BAD_REQUEST,
            f"Invalid value for '{place}': the backend works from {MOST_REFERENCES} images at "
            f"most, not {len(references)}.",
            param=place,
            code="invalid_value",
        )
    images = [{"image_url": reference} for reference in references]
    return _wish("/codex/images/edits", request, {"images": images})


def _wish(path: str, request: GenerateImage, more: Mapping[str, object]) -> ImageWish:
    if request.model is not None and not request.model.startswith(_FAMILIES):
        raise _no_model(request.model)
    quality = request.quality and _QUALITIES.get(request.quality, request.quality)
    asked = {"size": request.size, "quality": quality, "background": request.background}
    named = {name: value for name, value in asked.items() if value is not None}
    body = {"prompt": request.prompt, "model": _SERVED, **named, **more}
    moved = {"model": (request.model, _SERVED), "quality": (request.quality, quality)}
    adjusted = {
        name: f"{name}:{wish}->{instead}"
        for name, (wish, instead) in moved.items()
        if wish is not None and wish != instead
    }
    return ImageWish(
        Errand(path, "application/json", encode(body), _SERVED),
        request.n or 1,
        {name: value for name, value in named.items() if value != "auto"},
        tuple(adjusted.values()),
        tuple(name for name in adjusted if name == "model"),
    )


def _no_model(name: str) -> ApiError:
    return ApiError(
        Kind.MODEL_NOT_FOUND,
        f"The model '{name[:100]}' makes no images. {_SERVED} does, for every name that begins "
        f"with {', '.join(_FAMILIES)}.",
        param="model",
    )
