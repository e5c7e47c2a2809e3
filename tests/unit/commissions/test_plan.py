"""Plans that hold, and every way in which one does not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.calendar import Window
from commissions.plan import (
    AT_SIGNING,
    MILESTONES,
    STANDARD,
    Instalment,
    Mode,
    Plan,
    Scope,
    SplitCounts,
    Tier,
    doubts,
    instalment_faults,
    tier_faults,
)
from commissions.refusal import Refusal

OPEN = Tier(rate_bps=300)
TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(str.strip)


@st.composite
def plans(draw):
    bounds = sorted(draw(st.sets(st.integers(1, 50), max_size=4)))
    starts = [1, *(bound + 1 for bound in bounds)]
    tiers = tuple(draw(tiers_from(start, up_to)) for start, up_to in zip(starts, [*bounds, None], strict=True))
    milestones = draw(st.lists(st.sampled_from(MILESTONES), unique=True, min_size=1))
    cuts = sorted(draw(st.sets(st.integers(1, 9_999), min_size=len(milestones) - 1, max_size=len(milestones) - 1)))
    shares = [after - before for before, after in zip([0, *cuts], [*cuts, 10_000], strict=True)]
    return Plan(
        name=draw(TEXT),
        tiers=tiers,
        mode=draw(st.sampled_from(Mode)),
        window=draw(st.sampled_from(Window)),
        scope=draw(st.sampled_from(Scope)),
        instalments=tuple(Instalment(*pair) for pair in zip(milestones, shares, strict=True)),
        cap_fen=draw(st.none() | st.integers(1, 10**9)),
        fine_fen=draw(st.none() | st.integers(1, 10**9)),
        forfeiture=draw(st.booleans()),
    )


@st.composite
def tiers_from(draw, start, up_to):
    pay = draw(
        st.one_of(
            st.integers(0, 10_000).map(lambda bps: {"rate_bps": bps}),
            st.integers(0, 10**9).map(lambda fen: {"fixed_fen": fen}),
        )
    )
    start = draw(st.sampled_from([start, None]))
    return Tier(up_to=up_to, benefit=draw(st.none() | TEXT), start=start, **pay)


def test_the_standard_plan_is_the_given_one():
    assert Plan.from_toml(STANDARD) == Plan(
        name="standard",
        tiers=(Tier(5, rate_bps=180), Tier(10, rate_bps=250), Tier(rate_bps=300, benefit="overseas trip")),
        mode=Mode.GRADUATED,
        window=Window.MONTH,
        scope=Scope.DEVELOPMENT,
        instalments=(Instalment("signed", 10_000),),
    )
    assert Plan.from_toml(STANDARD).starts == (1, 6, 11)


def test_what_a_plan_leaves_out_is_the_default_of_the_rules():
    plan = Plan.from_toml('name = "short"\n[[tiers]]\nrate_bps = 100\n')
    assert plan == Plan("short", (Tier(rate_bps=100),), Mode.GRADUATED, Window.MONTH, Scope.DEVELOPMENT, AT_SIGNING)


@given(plans())
def test_a_plan_survives_being_written_and_read(plan):
    assert Plan.from_toml(plan.to_toml()) == plan


def test_the_standard_text_is_what_the_plan_writes():
    assert Plan.from_toml(STANDARD).to_toml() == STANDARD


BROKEN_TIERS = {
    "none": ((), "plan_no_open_tier", "tiers"),
    "no open last": ((Tier(5, rate_bps=1),), "plan_no_open_tier", "tiers[1].up_to"),
    "gap": ((Tier(5, rate_bps=1), Tier(rate_bps=1, start=7)), "plan_tier_gap", "tiers[2].from"),
    "gap at the foot": ((Tier(rate_bps=1, start=2),), "plan_tier_gap", "tiers[1].from"),
    "overlap by start": (
        (Tier(5, rate_bps=1), Tier(rate_bps=1, start=5)),
        "plan_tier_overlap",
        "tiers[2].from",
    ),
    "same bound twice": (
        (Tier(5, rate_bps=1), Tier(5, rate_bps=1), OPEN),
        "plan_tier_overlap",
        "tiers[2].up_to",
    ),
    "falling bounds": (
        (Tier(10, rate_bps=1), Tier(5, rate_bps=1), OPEN),
        "plan_tier_overlap",
        "tiers[2].up_to",
    ),
    "behind an open one": ((OPEN, Tier(5, rate_bps=1)), "plan_tier_overlap", "tiers[2]"),
    "bound of zero": ((Tier(0, rate_bps=1), OPEN), "plan_value", "tiers[1].up_to"),
    "pays nothing": ((Tier(),), "plan_tier_pay", "tiers[1]"),
    "pays twice": ((Tier(rate_bps=1, fixed_fen=1),), "plan_tier_pay", "tiers[1]"),
    "more than the price": ((Tier(rate_bps=10_001),), "plan_value", "tiers[1].rate_bps"),
    "a negative rate": ((Tier(rate_bps=-1),), "plan_value", "tiers[1].rate_bps"),
    "a rate as a float": ((Tier(rate_bps=1.5),), "plan_value", "tiers[1].rate_bps"),
    "a rate as a bool": ((Tier(rate_bps=True),), "plan_value", "tiers[1].rate_bps"),
    "a negative sum": ((Tier(fixed_fen=-1),), "plan_value", "tiers[1].fixed_fen"),
    "an empty benefit": ((Tier(rate_bps=1, benefit=" "),), "plan_value", "tiers[1].benefit"),
}


@pytest.mark.parametrize(("tiers", "code", "place"), BROKEN_TIERS.values(), ids=BROKEN_TIERS)
def test_broken_tiers_are_refused_at_their_place(tiers, code, place):
    with pytest.raises(Refusal) as refused:
        Plan("broken", tiers)
    assert (refused.value.code, refused.value.facts["place"]) == (code, place)


BROKEN_INSTALMENTS = {
    "none": ((), "plan_shares", "instalments"),
    "too little": ((Instalment("signed", 9_999),), "plan_shares", "instalments"),
    "too much": (
        (Instalment("signed", 5_000), Instalment("handed_over", 5_001)),
        "plan_shares",
        "instalments",
    ),
    "twice": (
        (Instalment("signed", 5_000), Instalment("signed", 5_000)),
        "plan_milestone_twice",
        "instalments[2].milestone",
    ),
    "no such milestone": ((Instalment("sigend", 10_000),), "plan_value", "instalments[1].milestone"),
    "an empty share": (
        (Instalment("signed", 10_000), Instalment("handed_over", 0)),
        "plan_value",
        "instalments[2].share_bps",
    ),
}


@pytest.mark.parametrize(("instalments", "code", "place"), BROKEN_INSTALMENTS.values(), ids=BROKEN_INSTALMENTS)
def test_broken_instalments_are_refused_at_their_place(instalments, code, place):
    with pytest.raises(Refusal) as refused:
        Plan("broken", (OPEN,), instalments=instalments)
    assert (refused.value.code, refused.value.facts["place"]) == (code, place)


def test_a_ladder_tells_all_of_its_faults_at_once():
    ladder = (Tier(5), Tier(3, rate_bps=1), Tier(0, rate_bps=1), Tier(9, rate_bps=1, start=8))
    assert [(fault.code, fault.facts["place"]) for fault in tier_faults(ladder)] == [
        ("plan_tier_pay", "tiers[1]"),
        ("plan_tier_overlap", "tiers[2].up_to"),
        ("plan_value", "tiers[3].up_to"),
        ("plan_tier_gap", "tiers[4].from"),
        ("plan_no_open_tier", "tiers[4].up_to"),
    ]


@pytest.mark.parametrize(
    ("ladder", "found"),
    [
        ((), [("plan_no_open_tier", "tiers")]),
        ((Tier("5", rate_bps=1), OPEN), [("plan_value", "tiers[1].up_to")]),
        ((Tier(5, rate_bps=1), Tier(rate_bps=1, start="6")), [("plan_value", "tiers[2].from")]),
    ],
    ids=["an empty ladder", "a bound that is no number", "a start that is no number"],
)
def test_what_is_no_ladder_is_told_once(ladder, found):
    """An editor marks every field, and what follows from the same fault is not told again."""
    assert [(fault.code, fault.facts["place"]) for fault in tier_faults(ladder)] == found


def test_a_bound_that_falls_back_moves_no_tier_behind_it():
    ladder = (Tier(5, rate_bps=1), Tier(3, rate_bps=1), Tier(rate_bps=1, start=6))
    assert [(fault.code, fault.facts["place"]) for fault in tier_faults(ladder)] == [
        ("plan_tier_overlap", "tiers[2].up_to"),
    ]


def test_instalments_tell_all_of_their_faults_at_once():
    parts = (Instalment("signed", 5_000), Instalment("signed", 0), Instalment("never", 4_000))
    assert [(fault.code, fault.facts["place"]) for fault in instalment_faults(parts)] == [
        ("plan_milestone_twice", "instalments[2].milestone"),
        ("plan_value", "instalments[2].share_bps"),
        ("plan_value", "instalments[3].milestone"),
        ("plan_shares", "instalments"),
    ]


@pytest.mark.parametrize(
    ("tier", "price_fen", "cap_fen", "paid_fen"),
    [
        (Tier(rate_bps=300), 200_000_000, None, 6_000_000),
        (Tier(rate_bps=300), 200_000_000, 5_000_000, 5_000_000),
        (Tier(rate_bps=300), 200_000_000, 6_000_001, 6_000_000),
        (Tier(fixed_fen=700), 1, 500, 500),
    ],
)
def test_a_cap_is_the_most_that_a_deal_earns(tier, price_fen, cap_fen, paid_fen):
    assert Plan("capped", (tier,), cap_fen=cap_fen).pay_fen(tier, price_fen) == paid_fen


BROKEN_TEXT = {
    "a fine as a text": ('fine_fen = "5"\n' + STANDARD, "plan_value", "fine_fen"),
    "a cap of nothing": ("cap_fen = 0\n" + STANDARD, "plan_value", "cap_fen"),
    "a forfeiture as a number": ("forfeiture = 0\n" + STANDARD, "plan_value", "forfeiture"),
    "typo in the head": (STANDARD.replace("scope", "scoop"), "plan_unknown_key", "scoop"),
    "typo in a tier": (STANDARD.replace("benefit", "bonus"), "plan_unknown_key", "tiers[3].bonus"),
    "no name": ("[[tiers]]\nrate_bps = 1\n", "plan_missing_key", "name"),
    "no tiers": ('name = "x"\n', "plan_missing_key", "tiers"),
    "no share": (
        'name = "x"\ntiers = [{rate_bps = 1}]\n[[instalments]]\nmilestone = "signed"\n',
        "plan_missing_key",
        "instalments[1].share_bps",
    ),
    "tiers as a number": ('name = "x"\ntiers = 3\n', "plan_value", "tiers"),
    "no such mode": (STANDARD.replace("graduated", "gradual"), "plan_value", "mode"),
    "a mode that is a list": (STANDARD.replace('"graduated"', "[]"), "plan_value", "mode"),
    "name that is a number": (STANDARD.replace('"standard"', "5"), "plan_value", "name"),
    "rate in quotes": (STANDARD.replace("180", '"180"'), "plan_value", "tiers[1].rate_bps"),
    "not TOML": ('name = "x"\nmode = \n', "plan_syntax", "line 2, column 8"),
    "endless number": (f"name = {'9' * 5000}", "plan_syntax", "line 1, column 5008"),
    "endless depth": (f"name = {'[' * 5000}", "plan_syntax", "line 1, column 5008"),
    "cut off": ('name = "x"\ntiers = [', "plan_syntax", "line 2, column 10"),
}


@pytest.mark.parametrize(("text", "code", "place"), BROKEN_TEXT.values(), ids=BROKEN_TEXT)
def test_broken_text_is_refused_at_its_place(text, code, place):
    with pytest.raises(Refusal) as refused:
        Plan.from_toml(text)
    assert (refused.value.code, refused.value.facts["place"]) == (code, place)


@pytest.mark.parametrize(
    ("tiers", "codes"),
    [
        ((Tier(5, rate_bps=180), Tier(None, rate_bps=250)), []),
        ((Tier(5, rate_bps=0), Tier(None, rate_bps=250)), ["plan_pays_nothing"]),
        ((Tier(5, rate_bps=300), Tier(10, rate_bps=250), Tier(None, rate_bps=100)), ["plan_pays_less"] * 2),
        ((Tier(5, fixed_fen=100), Tier(None, fixed_fen=99)), ["plan_pays_less"]),
        ((Tier(5, fixed_fen=100), Tier(None, rate_bps=1)), []),
    ],
    ids=["rising", "nothing", "falling", "falling sums", "not to be compared"],
)
def test_what_is_seldom_meant_is_named(tiers, codes) -> None:
    assert [doubt.code for doubt in doubts(tiers)] == codes


def test_a_plan_says_how_deals_in_parts_count_where_it_is_not_in_full():
    plan = replace(Plan.from_toml(STANDARD), split_counts=SplitCounts.SHARE)
    assert Plan.from_toml(plan.to_toml()) == plan
    assert "split_counts" not in Plan.from_toml(STANDARD).to_toml()
