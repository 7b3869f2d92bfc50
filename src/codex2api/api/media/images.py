"""``POST /v1/images/generations`` and ``/v1/images/edits``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from codex2api.api.body import read_body
from codex2api.api.disconnect import CallerWatch
from codex2api.api.errand_options import ErrandOptions, body_kinds
from codex2api.api.exchange import exchange_of
from codex2api.api.fates import fate_headers, forbid, is_strict, served_headers
from codex2api.api.gate import terms
from codex2api.api.media.attachments import Attachments
from codex2api.api.media.multipart import read_form
from codex2api.api.state.shelf import reader_of
from codex2api.dialects.base import parse_body
from codex2api.dialects.images.parameters import EDIT_PARAMETERS, GENERATION_PARAMETERS
from codex2api.dialects.images.reply import image_reply
from codex2api.dialects.images.request import ImageWish, to_edit, to_generate
from codex2api.dialects.images.schema import EditImage, GenerateImage, ImageReference
from codex2api.dialects.openai_content import check_data_url
from codex2api.dialects.openai_files import FileContent, FileReference
from codex2api.dialects.openai_form import Form, form_fields
from codex2api.dialects.openai_picture import picture_url
from codex2api.dialects.openai_refusals import missing
from codex2api.dialects.parameters import Survey
from codex2api.errands import Errands
from codex2api.errors import ApiError, Kind
from codex2api.protocol.errand import Errand
from codex2api.protocol.json import encode

_TYPED = frozenset({"n", "output_compression", "partial_images", "stream"})


def images_router(
    errands: Errands[Errand], attachments: Attachments, options: ErrandOptions
) -> APIRouter:
    """The two routes."""
    router = APIRouter(prefix="/v1/images", tags=["Images"])
    studio = _Studio(errands, options)

    @router.post("/generations", openapi_extra=body_kinds("application/json"))
    async def generate_images(request: Request) -> Response:
        """New images from a prompt, as ``b64_json``."""
        body = await read_body(exchange_of(request.scope).asked, request.receive, options.max_body)
        wish, fields = parse_body(body, GenerateImage)
        exchange_of(request.scope).asked_model = wish.model
        return await studio.make(request, to_generate(wish), GENERATION_PARAMETERS.survey(fields))

    @router.post("/edits", openapi_extra=body_kinds("multipart/form-data", "application/json"))
    async def edit_images(request: Request) -> Response:
        """Images made from one to five others and a prompt: a form with files, or JSON."""
        exchange = exchange_of(request.scope)
        asked = exchange.asked
        if asked.get("content-type", "").lower().startswith("application/json"):
            body = await read_body(asked, request.receive, options.max_body)
            wish, fields = parse_body(body, EditImage)
            survey = EDIT_PARAMETERS.survey(fields)
            exchange.asked_model = wish.model
            images = await _references(wish.images, attachments, request)
            changed = to_edit(wish, images, "images")
        else:
            form = await read_form(asked, request.receive, options.max_body)
            wish, fields = parse_body(encode(_fields(form)), EditImage)
            survey = EDIT_PARAMETERS.survey(fields)
            exchange.asked_model = wish.model
            changed = to_edit(wish, _pictures(form), "image")
        return await studio.make(request, changed, survey)

    return router


@dataclass(frozen=True, slots=True)
class _Studio:
    """Has wishes for images fulfilled."""

    errands: Errands[Errand]
    options: ErrandOptions

    async def make(self, request: Request, wish: ImageWish, survey: Survey) -> Response:
        exchange = exchange_of(request.scope)
        forbid(survey.dropped + wish.replaced, is_strict(exchange.asked, self.options.strict))
        exchange.model = wish.errand.model
        on = terms(exchange, wish.errand.model)
        async with CallerWatch(request.receive):
            done = await self.errands.run_all(
                [wish.errand] * wish.count, account=on.account, permit=on.permit
            )
        exchange.account = done[-1].account
        now = self.options.now()
        reply = image_reply(wish, [each.body for each in done], int(now))
        exchange.usage = reply.usage
        response = Response(encode(reply.body), media_type="application/json")
        served = served_headers(exchange.account, exchange.model, done[-1].limits, now)
        response.raw_headers.extend(served + fate_headers(survey, reply.adjusted))
        return response


def _fields(form: Form) -> dict[str, object]:
    """The form as JSON would say it; a file stands for itself by its field's name alone."""
    fields = form_fields(form.texts, _TYPED)
    return fields | {upload.name: True for upload in form.uploads}


def _pictures(form: Form) -> list[str]:
    images = form.named("image")
    return [
        picture_url(image.data, f"image[{position}]" if len(images) > 1 else "image")
        for position, image in enumerate(images)
    ]


async def _references(
    images: Sequence[ImageReference], attachments: Attachments, request: Request
) -> list[str]:
    places = {f"images[{position}]": image for position, image in enumerate(images)}
    named = [
        FileReference(image.file_id, f"{where}.file_id")
        for where, image in places.items()
        if image.file_id is not None
    ]
    files = await attachments.load(reader_of(request), named) if named else {}
    return [_reference(image, where, files) for where, image in places.items()]


def _reference(image: ImageReference, where: str, files: Mapping[str, FileContent]) -> str:
    if image.file_id is not None and image.image_url is not None:
        raise ApiError(
            Kind.BAD_REQUEST,
            f"Invalid value for '{where}': either image_url or file_id, not both.",
            param=where,
            code="invalid_value",
        )
    if image.file_id is not None:
        return picture_url(files[image.file_id].data, f"{where}.file_id")
    if image.image_url is None:
        raise missing(f"{where}.image_url")
    check_data_url(image.image_url, f"{where}.image_url")
    return image.image_url
