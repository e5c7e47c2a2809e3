"""Of what an endpoint hears."""

import pytest

from commissions.refusal import Refusal
from portal.rules.webhooks.hearing import HEARD, TEST, checked_types, wants


def test_an_endpoint_hears_of_what_stands_in_its_agencys_stream() -> None:
    assert {"registration_accepted", "statement_issued", "webhook_changed"} <= HEARD.keys()
    assert not {"agency_closed", "robot_changed", TEST} & HEARD.keys()


def test_types_are_kept_once_and_in_their_order() -> None:
    chosen = ["statement_issued", "registration_accepted", "statement_issued"]
    assert checked_types(chosen) == ["registration_accepted", "statement_issued"]


@pytest.mark.parametrize(
    ("chosen", "code"), [([], "webhook_types_needed"), (["robot_changed"], "webhook_type_unknown")]
)
def test_no_choice_and_an_unknown_one_are_refused(chosen: list[str], code: str) -> None:
    with pytest.raises(Refusal, match=code):
        checked_types(chosen)


def test_an_endpoint_without_types_wants_all() -> None:
    assert wants([], "whatever comes later")
    assert wants(["a"], "a")
    assert not wants(["a"], "b")
