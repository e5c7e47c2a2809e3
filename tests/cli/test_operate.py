"""Running it: help for every command, and faults in one line."""

from click.testing import CliRunner

from portal.cli import COMMANDS, main


def test_every_command_has_help() -> None:
    for name in COMMANDS:
        told = CliRunner().invoke(main, [name, "--help"])
        assert told.exit_code == 0
        assert len(told.output.splitlines()) > 4, name


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
