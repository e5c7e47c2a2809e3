"""`portal bank answer` and `portal ledger verify`: one line, the right exit status, nothing half said."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner

from commissions.ledger import BANK, EXPENSE, Transfer
from portal.access.actor import SYSTEM
from portal.adapters.bank import FAILED, PAID, Payment, payments_workbook, read_results, write_payments
from portal.cli.bank import bank
from portal.cli.ledger import ledger
from portal.config import Config
from portal.db import Database
from portal.services.ledger import posting as ledgers
from tests.databases import Migrated

TWO = [Payment(f"P-2026-10-000{n}-1", "安居", "工商银行", f"6222{n}", 36_000_00, "Commission") for n in (1, 2)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "B-2026-10-0001.csv"
    path.write_bytes(write_payments(TWO, "B-2026-10-0001"))
    return path


def test_the_rehearsed_bank_pays_all_but_what_should_fail(file: Path, tmp_path: Path) -> None:
    output = tmp_path / "result.csv"
    done = CliRunner().invoke(bank, ["answer", str(file), "--fail", "P-2026-10-0002-1=closed", "--output", str(output)])
    assert (done.exit_code, done.output) == (0, "")
    rows = [(result.reference, result.outcome, result.message) for _, result in read_results(output.read_bytes())]
    assert rows == [("P-2026-10-0001-1", PAID, ""), ("P-2026-10-0002-1", FAILED, "closed")]


def test_without_a_file_to_write_the_answer_goes_to_standard_output(file: Path) -> None:
    done = CliRunner().invoke(bank, ["answer", str(file)])
    assert [result.outcome for _, result in read_results(done.stdout_bytes)] == [PAID, PAID]


def test_what_is_no_bank_file_or_no_reference_of_it_ends_with_2(file: Path) -> None:
    done = CliRunner().invoke(bank, ["answer", str(file), "--fail", "P-9"])
    assert (done.exit_code, done.stderr) == (2, "B-2026-10-0001.csv has no payment P-9\n")
    file.write_bytes(file.read_bytes().replace(b"72000.00", b"72000.01"))
    done = CliRunner().invoke(bank, ["answer", str(file)])
    assert (done.exit_code, done.stderr, done.stdout) == (2, f"B-2026-10-0001.csv: {UNWHOLE}\n", "")


UNWHOLE = "The control row does not agree with the rows above it. The file is not whole."


def test_verify_says_that_it_holds_or_names_the_first_fault(
    tmp_path: Path, migrated: Migrated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    config = Config.from_env()
    migrated.lay(tmp_path / "portal.db")
    done = CliRunner().invoke(ledger, ["verify"])
    assert done.exit_code == 0
    assert done.stdout == (
        "The ledger holds: 0 blocks, 0 transfers, 0 lines, turnover 0.00 yuan, 0 facts.\n"
        "Hash of the last block: there is none\nHash of the last fact: there is none\n"
    )
    database = Database(config.url, config.vault(), config.signer())
    with database.transaction() as session:
        gift = Transfer("gift", EXPENSE, BANK, 100, "no reason at all")
        ledgers.post(session, SYSTEM, datetime(2026, 3, 1, tzinfo=UTC), reference="gift", transfers=[gift])
    database.dispose()
    done = CliRunner().invoke(ledger, ["verify"])
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "fault: transfer gift (block 1)\n"
    done = CliRunner().invoke(ledger, ["verify", "--json"])
    said = json.loads(done.stdout)
    assert (done.exit_code, said["holds"], said["blocks"]) == (1, False, 1)
    assert said["fault"] == {"number": 1, "what": "transfer", "reference": "gift"}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_bank_file_is_proven_as_csv_and_as_workbook(file: Path, tmp_path: Path, kind: str) -> None:
    data = file.read_bytes()
    digest, sent = sha256(data).hexdigest(), tmp_path / f"sent.{kind}"
    sent.write_bytes(payments_workbook(data) if kind == "xlsx" else data)
    done = CliRunner().invoke(bank, ["verify", str(sent), "--digest", digest])
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("B-2026-10-0001: ")
    assert digest in done.stdout
    other = CliRunner().invoke(bank, ["verify", str(sent), "--digest", "0" * 64])
    assert (other.exit_code, other.stderr) == (1, f"sent.{kind} is another file: it should have sha256 {'0' * 64}\n")
    sent.write_bytes(data.replace(b"TOTAL,2", b"TOTAL,3"))
    assert CliRunner().invoke(bank, ["verify", str(sent)]).exit_code == 2
