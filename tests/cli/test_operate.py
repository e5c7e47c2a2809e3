"""Running it: help for every command, and faults in one line."""

import stat
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from portal.cli import COMMANDS, SAYS, main
from portal.cli.operate import server_command
from portal.config import SECRETS, Config


def test_every_command_has_help() -> None:
    for name in COMMANDS:
        told = CliRunner().invoke(main, [name, "--help"])
        assert told.exit_code == 0
        assert len(told.output.splitlines()) > 4, name


def test_the_list_of_commands_is_quick_because_none_is_loaded() -> None:
    assert SAYS.keys() <= COMMANDS.keys()
    shown = "import sys; from portal.cli import main; main(['--help'], standalone_mode=False)"
    heavy = {"PIL", "cryptography", "cv2", "flask", "numpy", "portal.config", "portal.models", "sqlalchemy"}
    asked = f"{shown}; assert not {heavy} & sys.modules.keys(), {heavy} & sys.modules.keys()"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert all(f"  {name} " in told.stdout for name in COMMANDS)


def test_faults_are_one_line() -> None:
    for environ in (
        {"PORTAL_WORKERS": "many"},
        {"PORTAL_ENV": "production"},
        {"DATABASE_URL": "postgresql://127.0.0.1:1/nowhere"},
    ):
        told = CliRunner(env=environ).invoke(main, ["user", "list"])
        assert told.exit_code == 1
        assert told.stderr.startswith("Error: ")
        assert told.stderr.count("\n") == 1


def test_secrets_go_into_a_file_of_ones_own_once(tmp_path: Path) -> None:
    file = tmp_path / "portal.env"
    assert CliRunner().invoke(main, ["secrets", str(file)]).exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written = file.read_text()
    assert written.count("PORTAL_") == len(SECRETS)
    again = CliRunner().invoke(main, ["secrets", str(file)])
    assert (again.exit_code, file.read_text()) == (1, written)


def test_what_lies_in_the_data_folder_is_its_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    folder.mkdir(mode=0o755)
    (folder / "jobs.db").touch(mode=0o644)
    environ = {"PORTAL_DATA_DIR": str(folder), "DATABASE_URL": ""}
    assert CliRunner(env=environ).invoke(main, ["migrate"]).exit_code == 0
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.glob("*.db*"))}
    assert modes.pop("var") == 0o700
    assert set(modes.values()) == {0o600}, modes


def test_the_server_leaves_files_to_its_owner_alone() -> None:
    command = server_command(Config(), "127.0.0.1", 8000)
    assert command[command.index("--umask") + 1] == "0o077"
