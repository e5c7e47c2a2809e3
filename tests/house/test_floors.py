"""The import floors can fail: `make lint` proves that they hold, these tests that a step across is seen."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import PRODUCT, ROOT

STEPS = {
    "portal.helpers": ("portal/helpers.py", ""),
    "commissions.money -> portal.clock": ("commissions/money.py", "import portal.clock"),
    "commissions.money -> sqlalchemy": ("commissions/money.py", "import sqlalchemy"),
    "portal.db -> portal.models": ("portal/db.py", "import portal.models"),
    "portal.services.audit -> flask": ("portal/services/audit.py", "import flask"),
    "portal.services.audit -> cv2": ("portal/services/audit.py", "import cv2"),
}
"""What is said of a step across → the file that takes it, and the line that does."""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says of a house where all these steps are taken at once: it names each."""
    damaged_house = tmp_path_factory.mktemp("house")
    for package in PRODUCT:
        shutil.copytree(ROOT / package, damaged_house / package, ignore=shutil.ignore_patterns("static", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", damaged_house)
    for file, line in STEPS.values():
        with (damaged_house / file).open("a") as damaged:
            damaged.write(f"\n{line}\n")
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=damaged_house,
        env={**os.environ, "PYTHONPATH": str(damaged_house)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    return done.stdout


@pytest.mark.parametrize("step", STEPS)
def test_a_step_across_the_floors_is_seen(said: str, step: str) -> None:
    assert step in said
