"""The contract that both face engines keep, on real photos."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from portal.adapters.faces import ENGINES, load_engine, sface, yunet
from portal.adapters.faces.calibration import read_photo
from portal.adapters.faces.engine import (
    Engine,
    EngineUnavailable,
    Face,
    IncomparableTemplates,
    Template,
    similarity,
)
from portal.adapters.faces.people import foreground
from portal.adapters.faces.quality import failures
from portal.adapters.faces.weights import read
from portal.adapters.images.photos import take_in
from tests.photos import jpeg, people, photo, two_people

load = cache(load_engine)


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> Engine:
    return load(request.param)


@cache
def face(engine_name: str, name: str) -> Face:
    """The one face of a test photo."""
    (found,) = load(engine_name).analyse(read_photo(photo(name)).rgb)
    return found


def likeness(engine: Engine, a: str, b: str) -> float:
    return similarity(Template.of(engine, face(engine.name, a)), Template.of(engine, face(engine.name, b)))


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("obama", "obama2", True),
        ("obama", "obama3", True),
        ("obama2", "obama3", True),
        ("obama", "biden", False),
        ("obama2", "biden", False),
        ("obama", "astronaut", False),
        ("biden", "astronaut", False),
    ],
)
def test_tells_people_apart_by_its_own_thresholds(engine: Engine, a: str, b: str, same: bool) -> None:
    if same:
        assert likeness(engine, a, b) >= engine.thresholds.same
    else:
        assert likeness(engine, a, b) < engine.thresholds.doubtful


def test_a_face_is_where_it_says_and_measures_well(engine: Engine) -> None:
    found = face(engine.name, "obama")
    assert 350 < found.box.left < 400
    assert 220 < found.box.width < 260
    assert found.landmarks.shape == (5, 2)
    assert found.landmarks[0, 0] < found.landmarks[2, 0] < found.landmarks[1, 0]  # the nose between the eyes
    assert found.vector.dtype == np.float32
    assert np.linalg.norm(found.vector) == pytest.approx(1.0, abs=1e-5)
    assert failures(found.quality) == ()


def test_finds_broker_and_client_in_one_picture_largest_first(engine: Engine) -> None:
    found = engine.analyse(np.asarray(two_people("obama", "biden")))
    assert len(found) == 2
    assert found[0].box.area > found[1].box.area
    broker, client = sorted(found, key=lambda one: one.box.left)
    assert np.dot(broker.vector, face(engine.name, "obama").vector) >= engine.thresholds.same
    assert np.dot(client.vector, face(engine.name, "biden").vector) >= engine.thresholds.same


def test_a_large_picture_is_measured_in_its_own_pixels(engine: Engine) -> None:
    picture = people("biden")
    large = picture.resize((picture.width * 3, picture.height * 3), Image.Resampling.BICUBIC)
    (small_face,), (large_face,) = engine.analyse(np.asarray(picture)), engine.analyse(np.asarray(large))
    assert large_face.box.width == pytest.approx(3 * small_face.box.width, rel=0.05)
    assert large_face.quality.eye_distance_px == pytest.approx(3 * small_face.quality.eye_distance_px, rel=0.05)
    assert np.dot(small_face.vector, large_face.vector) >= engine.thresholds.copy


@pytest.mark.parametrize("size", [(640, 480), (1, 1), (3, 2000)])
def test_no_face_in_an_empty_picture(engine: Engine, size: tuple[int, int]) -> None:
    assert engine.analyse(np.asarray(Image.new("RGB", size, "grey"))) == []


def test_four_threads_give_the_vectors_of_one(engine: Engine) -> None:
    """A net shared by two threads gave wrong results for nearly every face."""
    pictures = [np.asarray(people(name, size=(640, 480))) for name in ("obama", "obama2", "biden", "astronaut")]
    alone = [engine.analyse(picture)[0].vector for picture in pictures]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda place: engine.analyse(pictures[place % 4])[0].vector, range(16)))
    for place, vector in enumerate(together):
        np.testing.assert_array_equal(vector, alone[place % 4])


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_photo_turned_by_its_camera_is_recognised(engine: Engine, orientation: int) -> None:
    """Phones store the picture as the sensor saw it and say in EXIF how to turn it; unturned it never matches."""
    turns = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    stored, exif, buffer = people("obama2").transpose(turns[orientation]), Image.Exif(), BytesIO()
    exif[0x0112] = orientation
    stored.save(buffer, "JPEG", exif=exif)
    taken = take_in(buffer.getvalue(), max_bytes=10**7, max_pixels=10**7, max_side=1920)
    (found,) = engine.analyse(taken.rgb)
    assert np.dot(found.vector, face(engine.name, "obama2").vector) >= engine.thresholds.copy


def test_a_template_survives_storage(engine: Engine) -> None:
    template = Template.of(engine, face(engine.name, "obama"))
    back = Template.from_bytes(template.to_bytes())
    assert (back.engine, back.version) == (engine.name, engine.version)
    np.testing.assert_array_equal(back.vector, template.vector)
    assert similarity(back, template) == pytest.approx(1.0)


def test_templates_of_two_engines_are_never_compared() -> None:
    one, other = (Template.of(load(name), face(name, "obama")) for name in ("sface", "dlib"))
    with pytest.raises(IncomparableTemplates, match="sface"):
        similarity(one, other)
    with pytest.raises(IncomparableTemplates):
        similarity(one, Template(one.engine, "another version", one.vector))


@pytest.mark.parametrize("weights", [yunet.WEIGHTS, sface.WEIGHTS])
def test_refuses_to_start_on_other_models(weights: yunet.Weights, tmp_path: Path) -> None:
    for one in (yunet.WEIGHTS, sface.WEIGHTS):
        shutil.copy(read(one)[0], tmp_path)
    load_engine("sface", tmp_path)
    with (tmp_path / weights.filename).open("ab") as file:
        file.write(b"\0")
    with pytest.raises(EngineUnavailable, match=weights.filename):
        load_engine("sface", tmp_path)


def test_refuses_to_start_without_its_models(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="cannot be read"):
        load_engine("sface", tmp_path)
    with pytest.raises(EngineUnavailable, match="choose one of sface, dlib"):
        load_engine("eigenfaces")


@pytest.mark.parametrize(
    ("spoil", "failed"),
    [
        (lambda picture: picture.resize((160, 90)), "too_small"),
        (lambda picture: picture.point(lambda level: level // 5), "too_dark"),
        (lambda picture: picture.point(lambda level: 215 + level // 7), "too_bright"),
        (lambda picture: picture.resize((96, 54)).resize((1280, 720), Image.Resampling.BICUBIC), "blurred"),
    ],
    ids=["too_small", "too_dark", "too_bright", "blurred"],
)
def test_the_gate_names_what_is_wrong_with_a_picture(spoil, failed) -> None:
    (found,) = load("sface").analyse(np.asarray(spoil(people("obama3"))))
    assert failed in failures(found.quality)


def test_a_bystander_far_behind_is_background() -> None:
    picture = people("obama")
    picture.paste(people("biden").resize((213, 120)), (0, 0))
    found = load("sface").analyse(np.asarray(picture))
    assert len(found) == 2
    assert foreground(found) == found[:1]
    assert foreground([]) == []


def test_the_same_upload_always_gives_the_same_vector() -> None:
    upload = jpeg(people("astronaut"))
    vectors = [
        load("sface").analyse(take_in(upload, max_bytes=10**7, max_pixels=10**7, max_side=1920).rgb)[0].vector
        for _ in range(2)
    ]
    np.testing.assert_array_equal(*vectors)
