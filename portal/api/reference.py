"""The reference of the partner API as a page: every operation in words, and fields to try it with in the sandbox."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template

from ..rules.partner_api.versions import open_versions
from ..services.sandbox.world import NUMBERS
from ..web.edge import config, now
from ..web.words.partner_api import PICTURES, TAGS, VERSION_SAYS
from .operations import OPERATIONS, Operation
from .sent import FilePart


@dataclass(frozen=True, slots=True)
class Tried:
    """An operation with the fields of its request. `form`: it is sent as a form, for a file must come along."""

    operation: Operation
    parts: Sequence[str]
    queries: Sequence[str]
    body: str
    files: Sequence[tuple[str, FilePart]]
    form: bool

    @property
    def said(self) -> str:
        """What it is found by."""
        one = self.operation
        return f"{one.name} {one.method} {one.path} {one.scope} {one.summary} {one.description}"


def page(prefix: str) -> str:
    """The page; `prefix`: where the operations stand."""
    rooms = {tag: [_tried(one) for one in OPERATIONS.values() if one.tag == tag] for tag in TAGS}
    return render_template(
        "partner_api/reference.html",
        rooms=rooms,
        tags=TAGS,
        numbers=NUMBERS,
        pictures=PICTURES,
        versions=open_versions(now()),
        says=VERSION_SAYS,
        prefix=prefix,
        base=f"{config().base_url.rstrip('/')}{prefix}",
    )


def _tried(one: Operation) -> Tried:
    """An operation as it is tried."""
    names = list(one.query.model_fields) if one.query else []
    return Tried(
        operation=one,
        parts=[part.strip("{}") for part in one.path.split("/") if part.startswith("{")],
        queries=[*names, *(["expand"] if one.expands else [])],
        body=json.dumps(one.example, ensure_ascii=False, indent=2) if one.body else "",
        files=list(one.files.items()),
        form=any(part.needed for part in one.files.values()),
    )
