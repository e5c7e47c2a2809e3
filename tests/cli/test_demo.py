"""The demo's world: made once, whole, and kept."""

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli import main
from portal.config import new_secrets


@pytest.fixture
def portal(tmp_path: Path):
    """The command, in a data folder of its own."""

    def run(*words: str, **environ: str) -> Result:
        return CliRunner().invoke(main, words, env={"PORTAL_DATA_DIR": str(tmp_path), "DATABASE_URL": ""} | environ)

    return run


def test_a_world_is_made_once_and_its_ledger_holds(portal) -> None:
    first = portal("demo", "--seed-only")
    assert first.exit_code == 0, first.output
    again = portal("demo", "--seed-only")
    assert again.stdout == first.stdout, "a second start keeps people and password"
    roles = [line.split()[0] for line in first.stdout.splitlines() if line.startswith("    ")]
    assert roles == [
        *("administrator", "channel_manager", "reception", "finance", "approver", "cashier"),
        *("privacy_officer", "principal", "broker", "referrer"),
    ]
    verified = portal("ledger", "verify")
    assert verified.exit_code == 0, verified.output


def test_a_port_in_use_is_one_clear_line(portal) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = portal("demo", "--port", str(port))
    assert told.exit_code == 1
    assert told.stderr == f"Error: port {port} is in use: stop what runs there, or choose another with PORT=…\n"


def test_the_demo_keeps_out_of_production_and_of_other_peoples_data(portal) -> None:
    assert portal("migrate").exit_code == 0
    made = portal("user", "create", "--role", "administrator", "--name", "苏", "--phone", "13912345678")
    assert made.exit_code == 0, made.output
    told = portal("demo", "--seed-only")
    assert told.exit_code == 1
    assert "not the demo's" in told.stderr
    secrets = {f"PORTAL_{name.upper()}": value for name, value in new_secrets().items()}
    told = portal("demo", "--seed-only", PORTAL_ENV="production", **secrets)
    assert told.exit_code == 1
    assert "production" in told.stderr
