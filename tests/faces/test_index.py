"""The exact search among many faces and photos, against the plainest way to say the same."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.adapters.faces.engine import Vector, unit
from portal.adapters.faces.index import FaceMatrix
from portal.adapters.images.photos import Looks, hamming
from tests.nightly import examples


def somebody(number: int) -> Vector:
    return unit(np.random.default_rng(number).normal(size=16))


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, int, int, int]]:
    """Puts (template, owner, face) and drops, many of them of the same few templates and owners."""
    step = st.tuples(
        st.sampled_from(("put", "put", "drop")), st.integers(0, 90), st.integers(1, 9), st.integers(0, 10**6)
    )
    return draw(st.lists(step, max_size=200))


@settings(max_examples=examples(20, 1000))
@given(histories(), st.integers(1, 4), st.none() | st.integers(1, 9))
def test_it_finds_whom_comparing_one_by_one_finds(
    history: list[tuple[str, int, int, int]], limit: int, without: int | None
) -> None:
    matrix, kept = FaceMatrix(), {}
    for deed, template, owner, face in history:
        if deed == "put":
            matrix.put(template, owner, somebody(face))
            kept[template] = owner, somebody(face)
        else:
            matrix.drop(template)
            kept.pop(template, None)
    wanted = somebody(-1 % 2**31)
    best: dict[int, float] = {}
    for owner, vector in kept.values():
        if owner != without:
            best[owner] = max(best.get(owner, -1.0), float(wanted @ vector))
    expected = sorted(best.values(), reverse=True)[:limit]
    found = matrix.search(wanted, limit, without)
    assert len(matrix) == len(kept)
    np.testing.assert_allclose([one.similarity for one in found], expected, atol=1e-6)
    for one in found:
        np.testing.assert_allclose(best[one.owner], one.similarity, atol=1e-6)


def test_an_erased_vector_is_overwritten() -> None:
    matrix = FaceMatrix()
    for template in range(3):
        matrix.put(template, template, somebody(template))
    for template in (0, 2, 1):
        matrix.drop(template)
    assert not matrix._vectors.any()
    assert matrix.search(somebody(0), 3) == []


dhashes = st.binary(min_size=32, max_size=32).map(bytes.hex)


@given(st.lists(st.dictionaries(st.integers(0, 20), dhashes, max_size=9), max_size=4), dhashes)
def test_the_photo_that_looks_most_like_it(news: list[dict[int, str]], wanted: str) -> None:
    looks, kept = Looks(), {}
    for more in news:
        fresh = {number: dhash for number, dhash in more.items() if number not in kept}
        kept |= fresh
        looks.add(fresh)
        looks.add(fresh)  # news may come twice
    assert looks.nearest(wanted) == min((hamming(wanted, dhash) for dhash in kept.values()), default=None)
