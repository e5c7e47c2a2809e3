"""The import floors can fail: `make lint` proves that they hold, these tests that a step across is seen."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import PRODUCT, ROOT


@pytest.mark.parametrize(
    ("file", "line", "said"),
    [
        ("portal/helpers.py", "", "portal.helpers"),
        ("commissions/money.py", "import portal.clock", "commissions.money -> portal.clock"),
        ("commissions/money.py", "import sqlalchemy", "commissions.money -> sqlalchemy"),
        ("portal/db.py", "import portal.models", "portal.db -> portal.models"),
        ("portal/services/audit.py", "import flask", "portal.services.audit -> flask"),
        ("portal/services/audit.py", "import cv2", "portal.services.audit -> cv2"),
    ],
)
def test_a_step_across_the_floors_is_seen(tmp_path: Path, file: str, line: str, said: str) -> None:
    for package in PRODUCT:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("static", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / file).open("a") as damaged:
        damaged.write(f"\n{line}\n")
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    assert said in done.stdout
