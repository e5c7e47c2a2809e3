"""What comes with a request: JSON, or a form with files, of which no more is read than may be sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, request
from pydantic import BaseModel, ValidationError

from commissions.refusal import Refusal

from .problems import OddFields

JSON, FORM = "application/json", "multipart/form-data"
LARGEST = 1024 * 1024
"""Bytes of JSON. A form with files may be as large as a page's."""
_PARTS = 32


@dataclass(frozen=True, slots=True)
class FilePart:
    """Files that may come under one name, at most so many; `kinds` says of what media type."""

    kinds: str
    most: int = 1
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent."""

    name: str
    content: bytes


Files = Mapping[str, Sequence[Upload]]


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent: the body by its model, the files, and all of it in bytes that tell it from anything else."""

    body: BaseModel | None
    raw: bytes
    files: Files = field(default_factory=dict)


def sent(model: type[BaseModel] | None, parts: Mapping[str, FilePart]) -> Sent:
    """What came. Raises Refusal: api_not_json, api_body_too_large, api_part_odd; and OddFields."""
    if parts and request.mimetype == FORM:
        return _form(model, parts)
    needed = next((name for name, part in parts.items() if part.needed), None)
    if model is not None and (request.mimetype != JSON or needed):
        raise Refusal("api_not_json") if not parts else Refusal("api_no_form")
    request.max_content_length = LARGEST
    if (request.content_length or 0) > LARGEST or len(raw := request.get_data()) > LARGEST:
        raise Refusal("api_body_too_large")
    return Sent(None if model is None else _read(lambda: model.model_validate_json(raw)), raw)


def _form(model: type[BaseModel] | None, parts: Mapping[str, FilePart]) -> Sent:
    """A form with files. It is refused by its length before anything of it is read."""
    request.max_form_parts = _PARTS
    if (request.content_length or 0) > current_app.config["MAX_CONTENT_LENGTH"]:
        raise Refusal("api_body_too_large")
    given = {name: request.form.getlist(name) for name in request.form}
    files = {name: [Upload(one.filename or "", one.read()) for one in request.files.getlist(name)] for name in parts}
    _check_parts(given, files, parts)
    fields = {name: values[0] for name, values in given.items()}
    body = None if model is None else _read(lambda: model.model_validate(fields, strict=False))
    return Sent(body, _in_bytes(fields, files), {name: found for name, found in files.items() if found})


def _check_parts(given: Mapping[str, list[str]], files: Files, parts: Mapping[str, FilePart]) -> None:
    odd = [name for name, values in given.items() if len(values) > 1 or name in parts]
    odd += [name for name in request.files if name not in parts]
    odd += [name for name, part in parts.items() if not int(part.needed) <= len(files[name]) <= part.most]
    if odd:
        raise Refusal("api_part_odd", field=odd[0])


def _read(read: Any) -> BaseModel:
    try:
        body: BaseModel = read()
    except ValidationError as error:
        raise OddFields(error) from error
    return body


def _in_bytes(fields: Mapping[str, str], files: Files) -> bytes:
    """The same for the same form, whatever stands between its parts."""
    pieces = [piece.encode("utf-8", "surrogatepass") for item in sorted(fields.items()) for piece in item]
    for name in sorted(files):
        for one in files[name]:
            pieces += [name.encode(), one.name.encode("utf-8", "surrogatepass"), one.content]
    return b"".join(len(piece).to_bytes(8, "big") + piece for piece in pieces)
