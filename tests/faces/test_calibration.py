"""`portal faces`: what a user sees who compares photos or sets thresholds by his own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from portal.adapters.faces.calibration import Meant, best_threshold
from portal.cli.faces import faces
from tests.photos import photo

NAMES = ("obama", "obama2", "biden", "astronaut")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(faces, [str(argument) for argument in arguments])


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """A folder of photos with their list; the last pair's photos are missing and faceless."""
    for name in NAMES:
        shutil.copy(photo(name), tmp_path / name)
    (tmp_path / "text.jpg").write_text("not a picture")
    path = tmp_path / "pairs.csv"
    path.write_text("photo_a,photo_b,same\nobama,obama2,1\nobama,biden,0\nobama2,astronaut,0\ngone.jpg,text.jpg,1\n")
    return path


def test_calibrate_counts_every_pair(pairs: Path) -> None:
    result = run("calibrate", pairs, "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert (report["engine"], report["pairs_same"], report["pairs_different"]) == ("sface", 2, 2)
    at = {row["threshold"]: row for row in report["rows"]}
    assert (at[0.4]["false_accepts"], at[0.4]["false_rejects"], at[0.4]["accuracy"]) == (0, 1, 0.75)
    assert at[0.4]["alarms"] == {"100": 0.0, "1000": 0.0, "10000": 0.0}
    lowest = report["rows"][0]
    assert lowest["false_accepts"] == 2
    assert lowest["alarms"]["100"] == 1.0
    whys = {Path(problem["photo"]).name: problem["why"] for problem in report["problems"]}
    assert whys == {"gone.jpg": "missing", "text.jpg": "photo_kind"}


def test_calibrate_prints_a_table_and_what_was_wrong(pairs: Path) -> None:
    result = run("calibrate", pairs)
    assert result.exit_code == 0
    assert "accuracy 75.00%" in result.stdout
    assert "among 10,000" in result.stdout
    assert "gone.jpg: missing, counted as a non-match" in result.stderr


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "row 1, column photo_a: the column is missing"),
        ("photo_a,photo_b\na,b\n", "row 1, column same: the column is missing"),
        ("photo_a,photo_b,same\n", "row 2, column photo_a: there are no pairs"),
        ("photo_a,photo_b,same\na,b,1\na,b,yes\n", "row 3, column same: 'yes' is neither 1 nor 0"),
        ("photo_a,photo_b,same\na,,1\n", "row 2, column photo_b: the value is missing"),
        ("photo_a,photo_b,same\na,b\n", "row 2, column same: the value is missing"),
    ],
)
def test_a_bad_list_gets_one_line_and_exit_2(tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(content)
    result = run("calibrate", path)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"pairs.csv: {complaint}\n")


def test_compare_says_how_alike(tmp_path: Path) -> None:
    same, other = (
        run("compare", photo("obama"), photo("obama2"), "--json"),
        run("compare", photo("obama"), photo("biden")),
    )
    facts = json.loads(same.stdout)
    assert facts["same"] is True
    assert facts["similarity"] > 0.4
    assert [len(one["faces"]) for one in facts["photos"]] == [1, 1]
    assert facts["photos"][0]["faces"][0]["failed"] == []
    assert "different people" in other.stdout
    assert "quality: good" in other.stdout


def test_compare_needs_two_pictures(pairs: Path) -> None:
    result = run("compare", photo("obama"), pairs)
    assert (result.exit_code, result.stderr) == (2, f"{pairs}: photo_kind\n")


def test_models_that_are_not_there_get_one_line(pairs: Path, tmp_path: Path) -> None:
    result = run("calibrate", pairs, "--models", tmp_path)
    assert result.exit_code == 2
    assert result.stderr.startswith("the face model ")
    assert result.stderr.count("\n") == 1


@given(
    st.lists(st.tuples(st.floats(-1, 1, width=16) | st.just(-2.0), st.booleans()), min_size=1, max_size=40),
)
def test_the_best_threshold_is_the_best_of_all(pairs: list[tuple[float, bool]]) -> None:
    """Against trying every one; and the highest of those that are equally good."""
    likeness, same = np.array([one for one, _ in pairs]), np.array([two for _, two in pairs])

    def wrong(threshold: float) -> int:
        return sum((one >= threshold) is not two for one, two in pairs)

    best = best_threshold(likeness, same)
    every = sorted({*likeness.tolist(), 1.001})
    fewest = min(map(wrong, every))
    assert wrong(best) == fewest
    highest = max(one for one in every if wrong(one) == fewest)
    assert sum(likeness >= best) == sum(likeness >= highest)


def test_photos_with_several_faces_are_named_and_the_middle_one_can_be_meant(tmp_path: Path) -> None:
    """The crowd's largest face is at its edge; who is meant stands in the middle."""
    ours, larger = (Image.open(photo(name)).convert("RGB") for name in ("obama", "biden"))
    crowd = Image.new("RGB", (1800, 700), "grey")
    crowd.paste(ours.resize((400, 400)), (700, 150))
    crowd.paste(larger.resize((600, 600)), (1200, 50))
    crowd.save(tmp_path / "crowd.jpg")
    shutil.copy(photo("obama2"), tmp_path / "obama2")
    path = tmp_path / "pairs.csv"
    path.write_text("photo_a,photo_b,same\ncrowd.jpg,obama2,1\n")
    largest, centre = (json.loads(run("calibrate", path, "--json", "--face", one).stdout) for one in Meant)
    assert [Path(one).name for one in largest["several"]] == ["crowd.jpg"]
    at = [next(row for row in report["rows"] if row["threshold"] == 0.4) for report in (largest, centre)]
    assert [row["false_rejects"] for row in at] == [1, 0]
    assert "crowd.jpg: several faces" in run("calibrate", path).stderr
