"""What another system is told of an event: the same everywhere, and an address only where it can read."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from portal.rules.partner_api.identifiers import Prefix, identifier, number_of
from portal.rules.partner_api.thin_events import Happened, thin

AT = datetime(2026, 12, 1, 10, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))


@pytest.mark.parametrize(
    ("subject_kind", "subject_id", "url"),
    [
        ("deals", 7, f"https://p.example/api/v1/deals/{identifier(Prefix.DEAL, 7)}"),
        ("api_keys", 7, None),
        ("deals", None, None),
    ],
)
def test_an_event_says_where_it_is_read(subject_kind: str, subject_id: int | None, url: str | None) -> None:
    told = thin(Happened(3, "deal_signed", AT, subject_kind, subject_id), 41, "https://p.example/api/v1")
    said = json.loads(told.body)
    assert said == {
        "id": identifier(Prefix.EVENT, 3),
        "type": "deal_signed",
        "sequence": 41,
        "occurred_at": "2026-12-01T02:00:00.123Z",
        "subject": None if url is None else url.rpartition("/")[2],
        "url": url,
    }
    assert told.occurred_at.astimezone(UTC) == AT


def test_an_identifier_is_read_as_it_is_written_and_no_other_way() -> None:
    deal = identifier(Prefix.DEAL, 7)
    assert number_of(Prefix.DEAL, deal) == 7
    odd = [deal.replace("deal_", "dev_"), deal.upper(), "deal_", "deal", f"{deal}x", f"deal_{'z' * 30}"]
    assert [number_of(Prefix.DEAL, text) for text in odd] == [None] * len(odd)
