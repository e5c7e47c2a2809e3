"""The folder that a command works in goes with it, however it ends."""

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from portal.cli.scratch import is_held, scratch_folder

HOLDS = """
import signal, sys
from pathlib import Path
from portal.cli.scratch import scratch_folder
with scratch_folder(Path(sys.argv[1]), ".work-") as folder:
    (folder / "half").touch()
    print("ready", flush=True)
    signal.pause()
"""


def left(parent: Path) -> list[str]:
    return [path.name for path in parent.iterdir()]


def test_it_goes_at_the_end_and_when_something_breaks(tmp_path: Path) -> None:
    with scratch_folder(tmp_path, ".work-") as folder:
        (folder / "file").touch()
        assert is_held(tmp_path, ".work-")
    with pytest.raises(OSError, match="full"), scratch_folder(tmp_path, ".work-"):
        raise OSError("full")
    assert not is_held(tmp_path, ".work-")
    assert not left(tmp_path)


def test_what_a_killed_command_left_goes_with_the_next(tmp_path: Path) -> None:
    dead, alive, other = (tmp_path / name for name in (".work-dead", ".work-alive", "files"))
    for folder in (dead, alive, other):
        folder.mkdir()
    (dead / "portal.db").touch()
    held = os.open(alive, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    with scratch_folder(tmp_path, ".work-"):
        assert not dead.exists()
    assert sorted(left(tmp_path)) == [".work-alive", "files"]
    os.close(held)


@pytest.mark.parametrize(("how", "leaves"), [(signal.SIGTERM, 0), (signal.SIGKILL, 1)])
def test_a_command_that_is_stopped_takes_it_along(tmp_path: Path, how: signal.Signals, leaves: int) -> None:
    command = [sys.executable, "-c", HOLDS, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"ready\n"
        assert is_held(tmp_path, ".work-")
        program.send_signal(how)
        program.wait()
    assert (len(left(tmp_path)), is_held(tmp_path, ".work-")) == (leaves, False)
