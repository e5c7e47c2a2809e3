"""`portal simulate`: rate a file of deals under a plan file, with the very code that rates real ones.

A bad file gets one line on standard error that says where and what, exit status 2, and nothing on
standard output: half a result looks like a whole one.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from commissions.explanation import explain
from commissions.plan import Plan
from commissions.rating import Deal, rate
from commissions.refusal import Refusal

from ..adapters.sheets.spreadsheets import csv_text
from . import fact_files

COLUMNS = ("deal_id", "agency", "development", "signed_at", "price_fen", "cancelled_at")
OUTPUT = ("deal_id", "window", "rank", "rate_bps", "commission_fen", "benefit", "why")
THE_PLAN = "plan"  # one plan rates the whole file


@click.command()
@click.option("--plan", "plan_path", required=True, metavar="PLAN.toml", type=Path, help="The plan to rate by.")
@click.option("--deals", "deals_path", required=True, metavar="DEALS.csv", type=Path, help="The deals to rate.")
def simulate(plan_path: Path, deals_path: Path) -> None:
    """Rate a file of deals under a plan and print what each earns, as CSV.

    DEALS.csv is UTF-8 with the columns deal_id, agency, development, signed_at, price_fen and
    cancelled_at, in any order. Instants are ISO 8601 with offset; cancelled_at is empty for a live deal.
    One line a deal comes out, in the order they came in. A cancelled deal has no rank and earns 0. Where
    a tier pays a fixed sum, rate_bps is empty.
    """
    try:
        plan = load_plan(plan_path)
        deals = load_deals(deals_path)
    except fact_files.BadFile as fault:
        click.echo(f"Error: {fault}", err=True)
        sys.exit(2)
    click.echo(report(deals, plan), nl=False)


def report(deals: Sequence[Deal], plan: Plan) -> str:
    """The CSV of what ``deals`` earn under ``plan``, with its heading, lines ending in a bare newline."""
    rows: list[Sequence[object]] = [OUTPUT]
    for deal, rated in zip(deals, rate(deals, {THE_PLAN: plan}), strict=True):
        why = explain(deal, rated, plan).sentence()
        rows.append([rated.deal_id, rated.window, rated.rank, rated.rate_bps, rated.commission_fen, rated.benefit, why])
    return csv_text(rows, newline="\n")


# The plan file


def load_plan(path: Path) -> Plan:
    """The plan in a TOML file. Raises BadFile with the line where it can be told."""
    text = fact_files.text_of(path)
    try:
        return Plan.from_toml(text)
    except Refusal as refusal:
        raise fact_files.bad_rules(path, text, refusal, PLAN_FAULTS) from refusal


PLAN_FAULTS = {
    "plan_syntax": "{reason}",
    "plan_unknown_key": "no such key; known here: {known}",
    "plan_missing_key": "is missing",
    "plan_value": "is {value!r}, not {expected}",
    "plan_tier_pay": "a tier pays either rate_bps or fixed_fen",
    "plan_tier_gap": "leaves a gap: starts at rank {start}, but rank {expected} comes next",
    "plan_tier_overlap": "overlaps the tier before",
    "plan_no_open_tier": "the last tier must be open, without up_to",
    "plan_shares": "the shares sum to {total_bps} basis points, not 10000",
    "plan_milestone_twice": "{milestone} already has an instalment",
}


# The deals file


def load_deals(path: Path) -> list[Deal]:
    """The deals in a CSV file, in its order. Raises BadFile at the first fault."""
    deals: list[Deal] = []
    first_row: dict[int, int] = {}
    for row, deal in fact_files.rows_of(path, COLUMNS, _deal):
        if deal.deal_id in first_row:
            fact_files.bad_row(path, row, "deal_id", f"{deal.deal_id} is already in row {first_row[deal.deal_id]}")
        first_row[deal.deal_id] = row
        deals.append(deal)
    return deals


def _deal(cells: Mapping[str, str]) -> Deal:
    signed_at = fact_files.instant(cells, "signed_at")
    cancelled_at = fact_files.instant(cells, "cancelled_at") if cells["cancelled_at"] else None
    if cancelled_at is not None and cancelled_at < signed_at:
        fact_files.wrong("cancelled_at", "is before signed_at")
    price_fen = fact_files.whole(cells, "price_fen")
    if price_fen < 0:
        fact_files.wrong("price_fen", f"{price_fen} is negative")
    return Deal(
        deal_id=fact_files.whole(cells, "deal_id"),
        agency=fact_files.name(cells, "agency"),
        development=fact_files.name(cells, "development"),
        signed_at=signed_at,
        price_fen=price_fen,
        plan=THE_PLAN,
        cancelled_at=cancelled_at,
    )
