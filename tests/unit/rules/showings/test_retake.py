"""Which photos are taken again before they are filed."""

import pytest

from portal.rules.showings.retake import Seen, refuse_photo

GOOD: tuple[str, ...] = ()
DARK = ("too_dark",)

PHOTOS = {
    "two good faces": (Seen([GOOD, GOOD]), None, None),
    "no face": (Seen([]), None, ("photo_no_face", "photo")),
    "one face": (Seen([GOOD]), None, ("photo_one_face", "photo")),
    "one of two is dark": (Seen([GOOD, DARK]), None, ("photo_poor", "photo")),
    "a third one behind is dark": (Seen([GOOD, GOOD, DARK]), None, None),
    "each has one": (Seen([GOOD]), Seen([GOOD]), None),
    "the client's shows nobody": (Seen([GOOD]), Seen([]), ("photo_no_face", "client_photo")),
    "the client's is dark": (Seen([GOOD]), Seen([DARK]), ("photo_poor", "client_photo")),
    "the broker's is dark": (Seen([DARK]), Seen([GOOD]), ("photo_poor", "photo")),
}


@pytest.mark.parametrize(("straight", "client", "expected"), PHOTOS.values(), ids=PHOTOS)
def test_what_is_taken_again(straight: Seen, client: Seen | None, expected: tuple[str, str] | None) -> None:
    refusal = refuse_photo(straight, client)
    assert (refusal and (refusal.code, refusal.facts["field"])) == expected
