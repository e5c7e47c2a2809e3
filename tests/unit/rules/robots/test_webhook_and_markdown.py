"""By which key a robot is reached, and what a message looks like: of what was pasted, nothing but the key is taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.refusal import Refusal
from portal.rules.robots.markdown import MOST_BYTES, Line, Words, message, plain
from portal.rules.robots.webhook import ADDRESS, key_in

KEY = "73febdcb-1b38-4d1b-a994-790f21fc8d30"
WORDS = Words("Open", "and %(count)s more")


@pytest.mark.parametrize("pasted", [KEY, f"{ADDRESS}?key={KEY}", f"  {ADDRESS}?key={KEY.upper()}\n"])
def test_the_key_is_taken_of_an_address(pasted: str) -> None:
    assert key_in(pasted) == KEY


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        KEY[:-1],
        f"https://evil.example/cgi-bin/webhook/send?key={KEY}",
        f"{ADDRESS}?key={KEY}&x=1",
        f"{ADDRESS.replace('https', 'http')}?key={KEY}",
        f"{ADDRESS}@evil.example?key={KEY}",
        f"{KEY}\n{KEY}",
    ],
)
def test_nothing_else_is(pasted: str) -> None:
    with pytest.raises(Refusal) as refused:
        key_in(pasted)
    assert (refused.value.code, refused.value.facts["field"]) == ("no_robot_address", "address")


def test_a_message_says_what_happened_what_to_do_and_where() -> None:
    lines = [Line("A showing waits", "Decide.", "https://p.example/1"), Line("3-1: signed", "", "https://p.example/2")]
    assert message("Lane · news: 2", lines, WORDS) == (
        "**Lane · news: 2**\n"
        "> A showing waits\n> Decide. [Open](https://p.example/1)\n"
        "> 3-1: signed [Open](https://p.example/2)"
    )
    again = message("Lane", lines[:1], Words("Open", "", "Perhaps twice"), 0)
    assert again.startswith("> Perhaps twice\n**Lane**")


def test_names_are_plain_text() -> None:
    """An agency is called what its people like: it makes no link, no colour and mentions nobody."""
    assert plain("[here](https://evil.example) <@all> **x**\n# y") == "here (https://evil.example) @all x y"


@given(
    st.lists(st.tuples(st.text(max_size=300), st.text(max_size=300)), max_size=40),
    st.text(max_size=60),
    st.integers(0, 9),
)
def test_it_is_never_longer_than_wecom_takes(said: list[tuple[str, str]], name: str, left_out: int) -> None:
    lines = [Line(subject, do, "https://portal.example/inbox/events/12345678") for subject, do in said]
    text = message(name, lines, WORDS, left_out)
    assert len(text.encode()) <= MOST_BYTES
    shown = text.count("[Open](")
    assert (shown + left_out == len(lines) + left_out) or f"and {len(lines) - shown + left_out} more" in text


@pytest.mark.parametrize("left_out", [0, 5])
def test_what_does_not_fit_is_counted(left_out: int) -> None:
    lines = [Line("x" * 1_000, "", "https://p.example/")] * 6
    last = message("云栖", lines, WORDS, left_out).splitlines()[-1]
    assert last == f"> and {3 + left_out} more"
