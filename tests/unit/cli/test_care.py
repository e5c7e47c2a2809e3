"""`portal care due`, from files to CSV: what a good file gives, and one line for every kind of bad one."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli.care import care
from portal.rules.care.plan_toml import given_text

HEADING = (
    "client_id,stage,stage_at,grade,money,authority,desire,last_call_at,last_wechat_at,last_text_at,"
    "opted_out,calls_today,texts_today"
)
NEW = "n1,not_visited,2026-06-07T10:00:00+08:00,,0,0,0,,,,0,0,0"
AT = "2026-06-10T10:00:00+08:00"

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run_files(facts: str | bytes, plan: str = given_text(), at: str = AT) -> Result:
        for name, content in {"facts.csv": facts, "plan.toml": plan}.items():
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        called = ["due", "--plan", str(tmp_path / "plan.toml"), str(tmp_path / "facts.csv"), "--at", at]
        return CliRunner().invoke(care, called)

    return run_files


def file_of(*lines: str) -> str:
    return "\n".join([HEADING, *lines, ""])


def whys(result: Result) -> list[str]:
    assert (result.exit_code, result.stderr) == (0, "")
    return [row["why"] for row in csv.DictReader(io.StringIO(result.stdout))]


def test_the_lines_to_the_letter(run: Run) -> None:
    facts = file_of(
        NEW,
        "b2,visited,2026-05-20T10:00:00+08:00,A,1,0,0,2026-06-03T15:00:00+08:00,2026-06-08T07:00:00Z,,0,0,0",
        "b1,visited,2026-03-01T10:00:00+08:00,B,0,0,0,,2026-05-20T10:00:00+08:00,2026-05-20T10:00:00+08:00,0,1,0",
        "b3,signed,2026-06-03T10:00:00+08:00,,0,0,0,,,,1,0,0",
    )
    assert run(facts).stdout == (
        "client_id,channel,step,due_at,why\n"
        "b2,text,unit_countdown,2026-05-27T09:00:00+08:00,visited: day 7 after 20 May 2026\n"
        'b1,gift,thanks,2026-06-01T09:00:00+08:00,"visited: every 6 months, none since visited on 1 March 2026"\n'
        'b1,letter,prices_of_the_year,2026-06-01T09:00:00+08:00,"visited: every 1 year, none since visited on '
        '1 March 2026"\n'
        'b1,any,keep_in_touch,2026-06-03T09:00:00+08:00,"grade B: a contact every 1-2 weeks, last on 20 May 2026"\n'
        "n1,wechat,virtual_tour,2026-06-08T09:00:00+08:00,not_visited: day 1 after 7 June 2026\n"
        'b2,call,keep_in_touch,2026-06-10T09:00:00+08:00,"M: a call every 1 week, last on 3 June 2026"\n'
        'b3,wechat,loan_status,2026-06-10T09:00:00+08:00,"signed: every 1 week, none since signed on 3 June 2026"\n'
        "n1,call,early_offer,2026-06-10T09:00:00+08:00,not_visited: day 3 after 7 June 2026\n"
    )


WORDS = {
    "no contact": (NEW.replace("06-07", "05-01"), "no contact: none since not_visited on 1 May 2026"),
    "silent": (NEW.replace(",,,,0,0,0", ",,2026-03-01T10:00:00+08:00,,0,0,0"), "silent: last on 1 March 2026"),
}


@pytest.mark.parametrize(("row", "why"), WORDS.values(), ids=WORDS)
def test_why(run: Run, row: str, why: str) -> None:
    assert why in whys(run(file_of(row)))


def test_a_file_without_clients_gives_the_heading(run: Run) -> None:
    assert run(file_of()).stdout == "client_id,channel,step,due_at,why\n"


def test_the_plan_that_is_printed_is_one(run: Run) -> None:
    printed = CliRunner().invoke(care, ["plan"]).stdout
    assert whys(run(file_of(NEW), plan=printed)) == whys(run(file_of(NEW)))


BAD = {
    "an unknown stage": (NEW.replace("not_visited", "new"), "row 2, column stage: 'new' is not one of not_visited,"),
    "no instant": (NEW.replace("2026-06-07T10:00:00+08:00", "7 June"), "row 2, column stage_at: '7 June' is not an"),
    "no offset": (NEW.replace("10:00:00+08:00", "10:00:00"), "row 2, column stage_at: "),
    "a year that nobody knows": (
        NEW.replace("2026", "1999"),
        "column stage_at: 1999-06-07T10:00:00+08:00 is not within",
    ),
    "an unknown grade": (
        NEW.replace(",,0,0,0", ",D,0,0,0", 1),
        "row 2, column grade: 'D' is not one of A, B, C, invalid",
    ),
    "a mark that is none": (NEW.replace(",,0,0,0", ",,yes,0,0", 1), "row 2, column money: 'yes' is not one of 0, 1"),
    "fewer than no calls": (NEW[: -len("0,0")] + "-1,0", "row 2, column calls_today: -1 is less than 0"),
    "half a text": (NEW[: -len("0")] + "0.5", "row 2, column texts_today: '0.5' is not a whole number"),
    "nobody": (NEW.removeprefix("n1"), "row 2, column client_id: is empty"),
    "the same client twice": (f"{NEW}\n{NEW}", "row 3, column client_id: n1 is already in row 2"),
    "a row that ends early": ("n1,visited", "row 2, column stage_at: the row ends after 2 of 13 cells"),
}


@pytest.mark.parametrize(("rows", "said"), BAD.values(), ids=BAD)
def test_a_bad_file_is_one_line_and_nothing_else(run: Run, rows: str, said: str) -> None:
    done = run(file_of(rows))
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert said in done.stderr


BAD_PLANS = {
    "not TOML": ("name =", "plan.toml: row 1, column 7: "),
    "a span that is none": (
        'name = "x"\n\n[[cadences]]\nmark = "money"\nchannel = "call"\nevery = "weekly"\n',
        "plan.toml: row 6, key cadences[1].every: is 'weekly', not a span such as",
    ),
    "an unknown key": ('name = "x"\ncalls = 1', "plan.toml: row 2, key calls: no such key; known here: name, clock"),
    "no name": ("", "plan.toml: key name: is missing"),
}


@pytest.mark.parametrize(("plan", "said"), BAD_PLANS.values(), ids=BAD_PLANS)
def test_a_bad_plan_is_one_line_with_its_place(run: Run, plan: str, said: str) -> None:
    done = run(file_of(NEW), plan=plan)
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert said in done.stderr


@pytest.mark.parametrize("at", ["today", "2026-06-10T10:00:00", "1999-06-10T10:00:00Z"])
def test_an_instant_that_is_none_is_a_wrong_call(run: Run, at: str) -> None:
    done = run(file_of(NEW), at=at)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "'--at'" in done.stderr
