"""`portal judge`, from files to CSV: what a good file gives, and one line for every kind of bad one."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli import fact_files
from portal.cli.judge import judge_file

HEADING = "touch_id,development,client,party,kind,at,visited_at,subscribed_at,mask"
TOUCH = "1,D,C,A,registration,2026-03-01T10:00:00+08:00,,,0"
RIVAL = "2,D,C,B,registration,2026-03-02T10:00:00+08:00,,,0"
PROFILE = """\
who_wins = "first_registered"
showing_days = 7
deal_days = 30
deal_from = "latest"
developer_days = 30
after_subscription_days = 90
"""

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run_files(touches: str | bytes | None, profile: str | bytes | None = PROFILE) -> Result:
        for name, content in {"touches.csv": touches, "profile.toml": profile}.items():
            if content is not None:
                (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return CliRunner().invoke(
            judge_file, ["--profile", str(tmp_path / "profile.toml"), str(tmp_path / "touches.csv")]
        )

    return run_files


def rows(result: Result) -> list[dict[str, str]]:
    assert (result.exit_code, result.stderr) == (0, "")
    return list(csv.DictReader(io.StringIO(result.stdout)))


def file_of(*lines: str) -> str:
    return "\n".join([HEADING, *lines, ""])


def test_the_lines_to_the_letter(run: Run) -> None:
    touches = file_of(
        RIVAL,
        "1,D,C,A,registration,2026-03-01T10:00:00+08:00,2026-03-03T02:00:00Z,,0",
        "3,D,C,B,registration,2026-03-04T10:00:00+08:00,,,1",
        "4,D,C,A,registration,2026-03-05T10:00:00+08:00,,,0",
        "5,E,C,,walk_in,2026-03-05T10:00:00.250+08:00,,2026-03-06T10:00:00+08:00,0",
    )
    assert run(touches).stdout == (
        "touch_id,outcome,code,protected_until,owner,why\n"
        '2,refused,protected_by_other,,0,"touch 1 was there before, protected until 2026-03-08T10:00:00+08:00"\n'
        "1,accepted,,2026-04-02T10:00:00+08:00,1,nobody was protected; "
        "protected 30 days from the showing of 2026-03-03T10:00:00+08:00; owns the client at the end\n"
        '3,provisional,,2026-03-11T10:00:00+08:00,0,"masked: keeps its place until the full number is given, and '
        'nobody out; 7 days to a first showing; touch 1 owns the client at the end"\n'
        '4,refused,already_yours,,0,"touch 1 of its own party stands already, protected until '
        '2026-04-02T10:00:00+08:00"\n'
        "5,accepted,,2026-06-04T10:00:00+08:00,1,nobody was protected; "
        "protected 90 days from the subscription of 2026-03-06T10:00:00+08:00; owns the client at the end\n"
    )


WORDS = {
    "until a clock time": (
        file_of(TOUCH),
        'showing_days = 3\nshowing_until = "22:00"',
        "until 22:00 of day 3 after, before a showing",
    ),
    "the developer's own": (file_of(TOUCH.replace("registration", "lead")), PROFILE, "own, protected 30 days"),
    "a sale for good": (
        file_of(TOUCH.replace(",,,0", ",,2026-03-02T00:00:00Z,0")),
        'after_subscription_days = "for_good"',
        "protected for good from the subscription of 2026-03-02T08:00:00+08:00; owns the client",
    ),
    "too late": (
        file_of(TOUCH.replace(",,,0", ",2026-03-08T10:00:00+08:00,,0")),
        PROFILE,
        "its showing came when it had ended and changes nothing; 7 days to a first showing; ended",
    ),
    "a second showing": (
        file_of(
            TOUCH.replace(",,,0", ",2026-03-03T10:00:00+08:00,,0"),
            RIVAL.replace(",,,0", ",2026-03-04T10:00:00+08:00,,0"),
        ),
        'who_wins = "first_visited"',
        "its showing came after another's first one and takes nothing",
    ),
    "no showing": (file_of(TOUCH), 'who_wins = "first_visited"', "owns nobody before a showing"),
    "a sale that nobody owns": (
        file_of(TOUCH.replace(",,,0", ",,2026-03-09T10:00:00+08:00,0"), RIVAL.replace("-02T10", "-09T11")),
        PROFILE,
        "the client had subscribed, protected until 2026-06-07T10:00:00+08:00",
    ),
    "a mask in doubt": (
        file_of(TOUCH, RIVAL.replace(",,,0", ",2026-03-03T10:00:00+08:00,,1")),
        PROFILE,
        "masked; completed at its showing, but touch 1 was there before, protected until "
        "2026-03-08T10:00:00+08:00: a person decides",
    ),
    "a mask that was completed": (
        file_of(TOUCH.replace(",,,0", ",2026-03-03T10:00:00+08:00,,1")),
        PROFILE,
        "masked; completed at 2026-03-03T10:00:00+08:00 with its own time",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("touches", "profile", "words"), WORDS.values(), ids=WORDS)
def test_the_words_of_why(run: Run, touches: str, profile: str, words: str) -> None:
    assert words in rows(run(touches, profile))[-1]["why"]


@pytest.mark.parametrize(
    "touches",
    [
        f"\ufeff{HEADING}\r\n{TOUCH}\r\n{RIVAL}\r\n",
        f"{HEADING}\r{TOUCH}\r{RIVAL}\r",
        f"{HEADING}\n\n{TOUCH}\n,,,,,,,,\n{RIVAL}\n\n",
        f"{HEADING}\n{TOUCH}\n{RIVAL}",
        '"{}"\n"{}"\n"{}"\n'.format(*(line.replace(",", '","') for line in (HEADING, TOUCH, RIVAL))),
        "mask,subscribed_at,visited_at,at,kind,party,client,development,touch_id\n"
        "0,,,2026-03-01T02:00:00Z,registration,A,C,D,1\n0,,,2026-03-02T02:00:00Z,registration,B,C,D,2\n",
        f"{HEADING}\n 1 , D,C ,A,registration , 2026-03-01T10:00:00+08:00,,, 0\n{RIVAL}\n",
        f"{HEADING}\n{TOUCH}\n{RIVAL}\n".replace("+08:00", "+0800"),
        f"{HEADING}\n{TOUCH}\n{RIVAL}\n".replace("C,", '"甲, 乙\n丙",'),
    ],
    ids=["spreadsheet's UTF-8", "old line ends", "blank rows", "no last newline", "quoted", "columns in another order",
         "spaces", "offset without a colon", "comma and line break in a name"],
)  # fmt: skip
def test_harmless_shapes_are_read_alike(run: Run, touches: str) -> None:
    assert [(row["touch_id"], row["outcome"], row["protected_until"]) for row in rows(run(touches))] == [
        ("1", "accepted", "2026-03-08T10:00:00+08:00"),
        ("2", "refused", ""),
    ]


def test_the_number_is_the_order_and_rows_come_out_as_they_came_in(run: Run) -> None:
    later, earlier = TOUCH.replace("1,D", "30,D"), RIVAL.replace("2,D", "-4,D")
    assert [(row["touch_id"], row["outcome"]) for row in rows(run(file_of(later, earlier)))] == [
        ("30", "refused"),
        ("-4", "accepted"),
    ]


def test_the_end_is_the_last_instant_of_the_whole_file(run: Run) -> None:
    other = "2,E,X,B,walk_in,2026-03-01T00:00:00Z,,{},0"
    for last, owner in (("2026-03-08T09:59:59+08:00", "1"), ("2026-03-08T10:00:00+08:00", "0")):
        assert rows(run(file_of(TOUCH, other.format(last))))[0]["owner"] == owner


def test_no_touches_give_a_heading_alone(run: Run) -> None:
    assert run(HEADING).stdout == "touch_id,outcome,code,protected_until,owner,why\n"


def without(column: str) -> str:
    return HEADING.replace(f",{column}", "")


BAD_TOUCHES = {
    "missing file": (None, "No such file"),
    "empty file": ("", "row 1, column touch_id: the file is empty"),
    "nothing but a mark": ("\ufeff", "row 1, column touch_id: the file is empty"),
    "no heading": (TOUCH, "row 1, column 1: '1' is not one of touch_id, development"),
    "missing column": (without("party"), "row 1, column party: the column is missing"),
    "extra column": (f"{HEADING},note", "row 1, column 10: 'note' is not one of"),
    "column twice": (f"{HEADING},mask", "row 1, column 10: mask is there twice"),
    "too few cells": (file_of("1,D,C"), "row 2, column party: the row ends after 3 of 9 cells"),
    "too many cells": (file_of(f"{TOUCH},x"), "row 2, column 10: the row has 10 cells, not 9"),
    "id of letters": (file_of(TOUCH.replace("1,D", "x,D")), "row 2, column touch_id: 'x' is not a whole number"),
    "id of a fraction": (file_of(TOUCH.replace("1,D", "1.5,D")), "row 2, column touch_id: '1.5' is not a whole"),
    "no id": (file_of(TOUCH.replace("1,D", ",D")), "row 2, column touch_id: '' is not a whole number"),
    "id of many digits": (file_of(TOUCH.replace("1,D", f"{'9' * 5000},D")), "row 2, column touch_id:"),
    "id twice": (file_of(TOUCH, "", RIVAL.replace("2,D", "1,D")), "row 4, column touch_id: 1 is already in row 2"),
    "id twice, of another client": (file_of(TOUCH, TOUCH.replace("C", "X")), "row 3, column touch_id: 1 is already"),
    "no development": (file_of(TOUCH.replace("D", " ")), "row 2, column development: is empty"),
    "no client": (file_of(TOUCH.replace("C", "")), "row 2, column client: is empty"),
    "no party": (file_of(TOUCH.replace("A", "")), "row 2, column party: is empty"),
    "no kind": (file_of(TOUCH.replace("registration", "")), "row 2, column kind: '' is not one of registration, walk"),
    "no such kind": (file_of(TOUCH.replace("registration", "visit")), "row 2, column kind: 'visit' is not one of"),
    "a kind in capitals": (file_of(TOUCH.replace("registration", "LEAD")), "row 2, column kind: 'LEAD' is not one"),
    "no instant": (file_of("1,D,C,A,registration,,,,0"), "row 2, column at: '' is not an ISO 8601 instant"),
    "bad instant": (file_of(TOUCH.replace("2026-03-01T10:00:00+08:00", "March")), "row 2, column at: 'March' is not"),
    "a day alone": (file_of(TOUCH.replace("T10:00:00+08:00", "")), "row 2, column at: '2026-03-01' has no offset"),
    "naive instant": (file_of(TOUCH.replace("+08:00", "")), "row 2, column at: '2026-03-01T10:00:00' has no offset"),
    "naive showing": (
        file_of(TOUCH.replace(",,,0", ",2026-03-02T10:00:00,,0")),
        "row 2, column visited_at: '2026-03-02T10:00:00' has no offset",
    ),
    "naive subscription": (
        file_of(TOUCH.replace(",,,0", ",,2026-03-02T10:00:00,0")),
        "row 2, column subscribed_at: '2026-03-02T10:00:00' has no offset",
    ),
    "a day that is none": (file_of(TOUCH.replace("03-01", "02-30")), "row 2, column at: '2026-02-30T10:00:00+08:00'"),
    "before our time": (file_of(TOUCH.replace("2026", "1926")), "row 2, column at: 1926-03-01T10:00:00+08:00 is not"),
    "beyond the calendar": (file_of(TOUCH.replace("2026", "9999")), "is not within the years 2000 to 2100"),
    "out of range": (file_of(TOUCH.replace("2026-03-01T10:00:00+08:00", "0001-01-01T00:00:00+14:00")), "column at:"),
    "shown before it came": (
        file_of(TOUCH, RIVAL.replace(",,,0", ",2026-03-02T09:59:59+08:00,,0")),
        "row 3, column visited_at: is before at",
    ),
    "no mask": (file_of(TOUCH[:-1]), "row 2, column mask: '' is not one of 0, 1"),
    "a mask of words": (file_of(f"{TOUCH[:-1]}yes"), "row 2, column mask: 'yes' is not one of 0, 1"),
    "line break in a cell": (file_of(TOUCH, RIVAL.replace("registration", '"a\nb"')), "row 3, column kind: 'a\\nb'"),
    "open quote": (file_of('1,D,"C,A'), "row 2, column 3: not readable as CSV"),
    "a quote in a cell": (file_of('1,D,"C"C,A'), "row 2, column 3: not readable as CSV"),
    "a cell without end": (file_of(TOUCH.replace("C", "C" * 200_000)), "row 2, column"),
    "not UTF-8": (f"{HEADING}\n{TOUCH}\n2,".encode() + "甲".encode("gb18030") + b",D", "row 3, column 2: is not UTF-8"),
    "UTF-16": (file_of(TOUCH).encode("utf-16"), "row 1, column 1: is not UTF-8"),
    "the last row of many": (
        file_of(*(TOUCH.replace("1,D", f"{number},D") for number in range(1, 500)), RIVAL.replace("2,D", "x,D")),
        "row 501, column touch_id",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("touches", "message"), BAD_TOUCHES.values(), ids=BAD_TOUCHES)
def test_a_bad_touches_file_gets_one_line(run: Run, touches: str | bytes | None, message: str) -> None:
    result = run(touches)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert message in result.stderr
    assert "touches.csv" in result.stderr
    assert len(result.stderr) < 500


BAD_PROFILES = {
    "missing file": (None, "No such file"),
    "not TOML": (PROFILE.replace("= 7", "="), "row 2, column 15: Invalid value"),
    "not UTF-8": (b'who_wins = "\xff"\n', "row 1, column 13: is not UTF-8"),
    "unknown key": (f"{PROFILE}split = 2\n", "row 7, key split: no such key; known here: who_wins, showing_days"),
    "unknown table": (f"{PROFILE}[rooms]\nwidth = 30\n", "row 7, key rooms: no such key"),
    "unknown winner": (PROFILE.replace("first_reg", "last_reg"), "row 1, key who_wins: is 'last_registered', not"),
    "negative days": (PROFILE.replace("= 30", "= -30", 1), "row 3, key deal_days: is -30, not a whole number of days"),
    "days of a fraction": (PROFILE.replace("= 90", "= 9.5"), "row 6, key after_subscription_days: is 9.5, not a whole"),
    "a clock that is none": (f'{PROFILE}showing_until = "24:30"', "row 7, key showing_until: is '24:30', not a clock"),
    "a clock of no day": ('showing_until = "22:00"', "row 1, key showing_until: needs showing_days beside it"),
    "a day of no hours": (PROFILE.replace("= 7", "= 0"), "row 2, key showing_days: is 0, not a whole number"),
}  # fmt: skip


@pytest.mark.parametrize(("profile", "message"), BAD_PROFILES.values(), ids=BAD_PROFILES)
def test_a_bad_profile_file_gets_one_line(run: Run, profile: str | bytes | None, message: str) -> None:
    result = run(file_of(TOUCH), profile)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert message in result.stderr
    assert "profile.toml" in result.stderr


def test_a_file_that_would_fill_the_memory_is_not_read(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fact_files, "MOST_BYTES", 1024 * 1024)
    result = run(file_of(TOUCH) + "\n" * 1024 * 1024)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "touches.csv: is larger than 1 MB" in result.stderr
