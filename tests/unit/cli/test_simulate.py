"""`portal simulate`, from files to CSV: what a good file gives, and one line for every kind of bad one."""

import csv
import io

import pytest
from click.testing import CliRunner

from commissions.plan import STANDARD
from portal.cli.simulate import simulate

HEADING = "deal_id,agency,development,signed_at,price_fen,cancelled_at"
DEAL = "1,A,D,2026-03-01T10:00:00+08:00,200000000,"
VOLUME = STANDARD.replace('"graduated"', '"volume"')


def twelve(cancelled=()):
    rows = [
        f"{n},A,D,2026-03-{n:02d}T10:00:00+08:00,200000000,{'2026-03-20T10:00:00+08:00' if n in cancelled else ''}"
        for n in range(1, 13)
    ]
    return "\n".join([HEADING, *rows, ""])


@pytest.fixture
def run(tmp_path):
    def run_files(deals, plan=STANDARD):
        for name, content in {"deals.csv": deals, "plan.toml": plan}.items():
            if content is not None:
                (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return CliRunner().invoke(
            simulate, ["--plan", str(tmp_path / "plan.toml"), "--deals", str(tmp_path / "deals.csv")]
        )

    return run_files


def rows(result):
    assert (result.exit_code, result.stderr) == (0, "")
    return list(csv.DictReader(io.StringIO(result.stdout)))


@pytest.mark.parametrize(
    ("plan", "cancelled", "total_fen"),
    [
        (STANDARD, (), 55_000_000),
        (VOLUME, (), 72_000_000),
        (STANDARD, (3,), 49_000_000),
        (VOLUME, (3,), 66_000_000),
    ],
)
def test_the_worked_figures_of_rule_5_6(run, plan, cancelled, total_fen):
    out = rows(run(twelve(cancelled), plan))
    assert sum(int(row["commission_fen"]) for row in out) == total_fen
    trip_at = "12" if cancelled else "11"
    assert [row["deal_id"] for row in out if row["benefit"]] == [trip_at]


def test_the_lines_to_the_letter(run):
    deals = f"{HEADING}\n2,A,D,2026-03-02T10:00:00+08:00,33333,2026-03-05T00:00:00Z\n{DEAL}\n"
    assert run(deals).stdout == (
        "deal_id,window,rank,rate_bps,commission_fen,benefit,why\n"
        '2,2026-03,,0,0,,"cancelled: not counted, pays nothing"\n'
        '1,2026-03,1,180,3600000,,"rank 1 of 1 in 2026-03; plan standard, graduated: tier 1-5 by own rank; '
        '2000000.00 x 1.80 % = 36000.00"\n'
    )


def test_volume_keeps_the_own_rank_and_the_rate_of_the_count(run):
    assert {(row["rank"], row["rate_bps"]) for row in rows(run(twelve(), VOLUME))} == {
        (str(rank), "300") for rank in range(1, 13)
    }


@pytest.mark.parametrize(
    ("window", "label"), [("month", "2026-03"), ("quarter", "2026-Q1"), ("year", "2026"), ("agreement", "agreement")]
)
def test_window_labels(run, window, label):
    plan = STANDARD.replace('"month"', f'"{window}"')
    assert {row["window"] for row in rows(run(twelve(), plan))} == {label}


def test_a_fixed_sum_has_no_rate(run):
    plan = 'name = "fixed"\n[[tiers]]\nfixed_fen = 5000\n'
    (row,) = rows(run(f"{HEADING}\n{DEAL}\n", plan))
    assert (row["rate_bps"], row["commission_fen"]) == ("", "5000")


@pytest.mark.parametrize(
    "deals",
    [
        f"\ufeff{HEADING}\r\n{DEAL}\r\n",
        f"{HEADING}\n\n{DEAL}\n,,,,,\n\n",
        f"{HEADING}\n{DEAL}",
        "cancelled_at,price_fen,signed_at,development,agency,deal_id\n,200000000,2026-03-01T02:00:00Z,D,A,1\n",
        f"{HEADING}\n 1 , A ,D, 2026-03-01T10:00:00+08:00 ,200000000,\n",
    ],
    ids=["spreadsheet's UTF-8", "blank rows", "no last newline", "columns in another order", "spaces"],
)
def test_harmless_shapes_are_read_alike(run, deals):
    assert [(row["deal_id"], row["commission_fen"]) for row in rows(run(deals))] == [("1", "3600000")]


def test_no_deals_give_a_heading_alone(run):
    assert run(HEADING).stdout == "deal_id,window,rank,rate_bps,commission_fen,benefit,why\n"


BAD_DEALS = {
    "missing file": (None, "No such file"),
    "empty file": ("", "row 1, column deal_id: the file is empty"),
    "missing column": (HEADING.replace(",price_fen", ""), "row 1, column price_fen: the column is missing"),
    "unknown column": (f"{HEADING},note", "row 1, column 7: 'note' is not one of"),
    "column twice": (f"{HEADING},agency", "row 1, column 7: agency is there twice"),
    "too few cells": (f"{HEADING}\n1,A,D", "row 2, column signed_at: the row ends after 3 of 6 cells"),
    "too many cells": (f"{HEADING}\n{DEAL},x", "row 2, column 7: the row has 7 cells, not 6"),
    "id of letters": (f"{HEADING}\n{DEAL.replace('1,A', 'x,A')}", "row 2, column deal_id: 'x' is not a whole number"),
    "id twice": (f"{HEADING}\n{DEAL}\n\n{DEAL}", "row 4, column deal_id: 1 is already in row 2"),
    "no agency": (f"{HEADING}\n{DEAL.replace('A', '')}", "row 2, column agency: is empty"),
    "no development": (f"{HEADING}\n{DEAL.replace('D', ' ')}", "row 2, column development: is empty"),
    "no instant": (f"{HEADING}\n1,A,D,,5,", "row 2, column signed_at: '' is not an ISO 8601 instant"),
    "bad instant": (f"{HEADING}\n1,A,D,March,5,", "row 2, column signed_at: 'March' is not an ISO 8601 instant"),
    "naive instant": (f"{HEADING}\n{DEAL.replace('+08:00', '')}", "row 2, column signed_at: '2026-03-01T10:00:00' has"),
    "instant out of range": (f"{HEADING}\n1,A,D,9999-12-31T23:00:00-12:00,5,", "row 2, column signed_at:"),
    "cancelled first": (f"{HEADING}\n{DEAL}2026-02-01T00:00:00Z", "row 2, column cancelled_at: is before signed_at"),
    "price of a fraction": (f"{HEADING}\n1,A,D,2026-03-01T10:00Z,5.5,", "row 2, column price_fen: '5.5' is not a"),
    "negative price": (f"{HEADING}\n1,A,D,2026-03-01T10:00Z,-5,", "row 2, column price_fen: -5 is negative"),
    "no price": (f"{HEADING}\n1,A,D,2026-03-01T10:00Z,,", "row 2, column price_fen: '' is not a whole"),
    "price of many digits": (f"{HEADING}\n1,A,D,2026-03-01T10:00Z,{'9' * 5000},", "row 2, column price_fen:"),
    "line break in a cell": (f'{HEADING}\n{DEAL}\n2,A,D,"x\ny",5,', "row 3, column signed_at: 'x\\ny' is not"),
    "open quote": (f'{HEADING}\n1,A,"D,2026', "row 2, column 3: not readable as CSV"),
    "not UTF-8": (f"{HEADING}\n{DEAL}\n2,".encode() + "甲".encode("gb18030") + b",D", "row 3, column 2: is not UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize(("deals", "message"), BAD_DEALS.values(), ids=BAD_DEALS)
def test_a_bad_deals_file_gets_one_line(run, deals, message):
    result = run(deals)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert message in result.stderr
    assert "deals.csv" in result.stderr


BAD_PLANS = {
    "missing file": (None, "No such file"),
    "not TOML": ('name = "x"\nmode =\n', "row 2, column 7: Invalid value"),
    "not UTF-8": (b'name = "\xff"\n', "row 1, column 9: is not UTF-8"),
    "unknown key": (STANDARD.replace("benefit", "bonus"), "row 16, key tiers[3].bonus: no such key; known here:"),
    "missing key": (STANDARD.replace("share_bps = 10000\n", ""), "row 18, key instalments[1].share_bps: is missing"),
    "no such mode": (STANDARD.replace("graduated", "gradual"), "row 2, key mode: is 'gradual', not graduated | volume"),
    "pays twice": (STANDARD.replace("rate_bps = 250", "rate_bps = 250\nfixed_fen = 1"), "row 10, key tiers[2]: a tier"),
    "gap": (STANDARD.replace("up_to = 10", "from = 7\nup_to = 10"), "row 11, key tiers[2].from: leaves a gap"),
    "overlap": (STANDARD.replace("up_to = 10", "up_to = 4"), "row 11, key tiers[2].up_to: overlaps"),
    "no open tier": (STANDARD.replace("rate_bps = 300", "up_to = 15\nrate_bps = 300"), "tiers[3].up_to: the last tier"),
    "shares": (STANDARD.replace("10000", "9000"), "row 18, key instalments: the shares sum to 9000 basis points"),
    "milestone twice": (
        STANDARD.replace("10000", '5000\n[[instalments]]\nmilestone = "signed"\nshare_bps = 5000'),
        "row 22, key instalments[2].milestone: signed already has an instalment",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("plan", "message"), BAD_PLANS.values(), ids=BAD_PLANS)
def test_a_bad_plan_file_gets_one_line(run, plan, message):
    result = run(twelve(), plan)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert message in result.stderr
    assert "plan.toml" in result.stderr
