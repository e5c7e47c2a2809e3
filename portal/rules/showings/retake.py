"""Whether a photo is taken again before anything is filed: what the engine sees in it at once (rules 3.3).

It says only what its taker sees too: no face, one face, too dark. Whose faces they are it does not ask, so that
nobody learns by trying; and who insists has the photo filed as it is, for a person to look at.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from commissions.refusal import Refusal

PAIR = 2


@dataclass(frozen=True, slots=True)
class Seen:
    """What stands in front in one photo: for each face, the largest first, the quality tests that it failed."""

    faces: Sequence[tuple[str, ...]]


def refuse_photo(straight: Seen, client: Seen | None) -> Refusal | None:
    """Why the photo had better be taken again, or None: photo_no_face, photo_one_face, photo_poor (with `tests`).

    `client` is the photo of the client alone, where each has one.
    """
    if not straight.faces:
        return Refusal("photo_no_face", field="photo")
    if client is None and len(straight.faces) < PAIR:
        return Refusal("photo_one_face", field="photo")
    if client is not None and not client.faces:
        return Refusal("photo_no_face", field="client_photo")
    first = straight.faces[: 1 if client is not None else PAIR]
    for field, faces in (("photo", first), ("client_photo", client.faces[:1] if client is not None else ())):
        failed = sorted({test for face in faces for test in face})
        if failed:
            return Refusal("photo_poor", field=field, tests=failed)
    return None
