"""`portal care`: what is owed to the clients of a file, with the very code that fills a consultant's day.

A bad file gets one line on standard error that says where and what, exit status 2, and nothing on
standard output: half a result looks like a whole one.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import click

from commissions.refusal import Refusal

from ..adapters.sheets.spreadsheets import csv_text
from ..rules.care import plan_toml
from ..rules.care.due import Due, Facts, Why, due
from ..rules.care.plan import MAD, Channel, Grade, Mark, Plan, Stage
from . import fact_files

CONTACTS = {"last_call_at": Channel.CALL, "last_wechat_at": Channel.WECHAT, "last_text_at": Channel.TEXT}
COLUMNS = (
    "client_id",
    "stage",
    "stage_at",
    "grade",
    *MAD,
    *CONTACTS,
    "opted_out",
    "calls_today",
    "texts_today",
)
OUTPUT = ("client_id", "channel", "step", "due_at", "why")


@click.group()
def care() -> None:
    """Client care: what a care plan wants, and what of it is due."""


@care.command("plan")
def print_plan() -> None:
    """Print the plan of the owner's handbooks, to begin one's own with."""
    click.echo(plan_toml.given_text(), nl=False)


@care.command("due")
@click.option("--plan", "plan_path", required=True, metavar="PLAN.toml", type=Path, help="What is wanted, and when.")
@click.option("--at", "at_text", required=True, metavar="INSTANT", help="ISO 8601 with offset: due by then.")
@click.argument("facts_path", metavar="FACTS.csv", type=Path)
def due_in_file(plan_path: Path, at_text: str, facts_path: Path) -> None:
    """Say what is owed by an instant to the clients of a file, as CSV: the earliest first.

    FACTS.csv is UTF-8 with the columns client_id, stage, stage_at, grade, money, authority, desire, last_call_at,
    last_wechat_at, last_text_at, opted_out, calls_today and texts_today, in any order. Instants are ISO 8601 with
    offset, or empty if never; money, authority, desire and opted_out are 0 or 1; grade is A, B, C, invalid or empty.
    docs/care.md tells the rules; `portal care plan` prints a plan.
    """
    at = _asked_instant(at_text)
    try:
        plan = load_plan(plan_path)
        clients = load_facts(facts_path)
    except fact_files.BadFile as fault:
        click.echo(f"Error: {fault}", err=True)
        sys.exit(2)
    click.echo(report(due(clients, plan, at), clients), nl=False)


def report(steps: Sequence[Due], clients: Sequence[Facts]) -> str:
    """The CSV of what is owed, with its heading, lines ending in a bare newline."""
    stages = {facts.client_id: facts.stage for facts in clients}
    return csv_text(_rows(steps, stages), newline="\n")


def _rows(steps: Sequence[Due], stages: Mapping[str, Stage]) -> Iterator[Sequence[object]]:
    yield OUTPUT
    for step in steps:
        yield step.client_id, step.channel, step.step, step.due_at.isoformat(), why(step, stages[step.client_id])


def _asked_instant(text: str) -> datetime:
    try:
        return fact_files.known_instant({"--at": text}, "--at")
    except fact_files.BadCell as fault:
        raise click.BadParameter(fault.what, param_hint="'--at'") from fault


# The files


PLAN_FAULTS = {
    "care_plan_syntax": "{reason}",
    "care_plan_unknown_key": "no such key; known here: {known}",
    "care_plan_missing": "is missing",
    "care_plan_value": "is {value!r}, not {expected}",
    "care_plan_twice": "{value} is there twice",
}


def load_plan(path: Path) -> Plan:
    """The care plan in a TOML file. Raises BadFile with the line where it can be told."""
    text = fact_files.text_of(path)
    try:
        return plan_toml.plan_from_toml(text)
    except Refusal as refusal:
        raise fact_files.bad_rules(path, text, refusal, PLAN_FAULTS) from refusal


def load_facts(path: Path) -> list[Facts]:
    """The clients in a CSV file, in its order. Raises BadFile at the first fault."""
    clients: list[Facts] = []
    first_row: dict[str, int] = {}
    for row, facts in fact_files.rows_of(path, COLUMNS, _facts):
        before = first_row.setdefault(facts.client_id, row)
        if before != row:
            fact_files.bad_row(path, row, "client_id", f"{facts.client_id} is already in row {before}")
        clients.append(facts)
    return clients


def _facts(cells: Mapping[str, str]) -> Facts:
    return Facts(
        client_id=fact_files.name(cells, "client_id"),
        stage=fact_files.one_of(cells, "stage", {str(stage): stage for stage in Stage}),
        stage_at=fact_files.known_instant(cells, "stage_at"),
        grade=fact_files.one_of(cells, "grade", {str(grade): grade for grade in Grade}) if cells["grade"] else None,
        marks=tuple(mark for mark in MAD if _is_marked(cells, mark)),
        last={
            channel: fact_files.known_instant(cells, column) for column, channel in CONTACTS.items() if cells[column]
        },
        opted_out=_is_marked(cells, "opted_out"),
        calls_today=_count(cells, "calls_today"),
        texts_today=_count(cells, "texts_today"),
    )


def _is_marked(cells: Mapping[str, str], column: str) -> bool:
    return fact_files.one_of(cells, column, {"0": False, "1": True})


def _count(cells: Mapping[str, str], column: str) -> int:
    count = fact_files.whole(cells, column)
    if count < 0:
        fact_files.wrong(column, f"{count} is less than 0")
    return count


# The words

_MADE = {
    Channel.CALL: "call",
    Channel.WECHAT: "WeChat message",
    Channel.TEXT: "text",
    Channel.VISIT: "visit",
    Channel.LETTER: "letter",
    Channel.GIFT: "gift",
    Channel.EVENT: "event",
    Channel.ANY: "contact",
}

_LETTER = {Mark.MONEY: "M", Mark.AUTHORITY: "A", Mark.DESIRE: "D"}


def why(step: Due, stage: Stage) -> str:
    """Why a step is owed, in one line: what wants it, since when it counts, and what holds it back."""
    said = _BECAUSE[step.why](step, stage)
    if step.limited:
        said += f"; the day's limit of {_MADE[step.channel]}s is reached, not before {_day(step.due_at.date())}"
    return said


def _rhythm(step: Due, stage: Stage) -> str:
    whose = _LETTER.get(step.mark, f"grade {step.mark}") if step.mark else ""
    return f"{whose}: a {_MADE[step.channel]} every {step.every}, {_since(step, stage)}"


def _again(step: Due, stage: Stage) -> str:
    return f"{stage}: every {step.every}, {_since(step, stage)}"


def _once(step: Due, stage: Stage) -> str:
    day = step.planned.day if step.planned else None
    return f"{stage}: day {day} after {_day(step.since)}"


def _before(step: Due, stage: Stage) -> str:
    planned = step.planned
    return f"{stage}: {planned.days} days before the {planned.before} on {_day(step.since)}" if planned else ""


def _on(step: Due, stage: Stage) -> str:
    return f"{stage}: {step.planned.on} on {step.since:%d %B}" if step.planned else ""


def _silence(step: Due, stage: Stage) -> str:
    silent = "silent" if step.why is Why.SILENT else "no contact"
    return f"{silent}: {_since(step, stage)}"


def _since(step: Due, stage: Stage) -> str:
    return f"last on {_day(step.since)}" if step.last else f"none since {stage} on {_day(step.since)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


_BECAUSE = {
    Why.CADENCE: _rhythm,
    Why.DAY: _once,
    Why.EVERY: _again,
    Why.BEFORE: _before,
    Why.ON: _on,
    Why.NO_CONTACT: _silence,
    Why.SILENT: _silence,
}
