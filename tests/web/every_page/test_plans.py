"""No list reads all of a table that grows with the business: what PostgreSQL would do for each statement of each page.

By day the lists, for one who may read them; at night every page for everybody.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import event

from portal.access.policy import ALLOWED
from portal.config import Config
from portal.db import Database
from portal.models.base import Base
from portal.web.guard import permission_of
from tests.applications import made
from tests.clock import MovableClock
from tests.databases import Migrated
from tests.nightly import NIGHTLY, in_turn
from tests.planner import Asked, Scan, pretend_much, read_through
from tests.web.every_page.test_permissions import READERS, World, address_of, build, routes

FILE = re.compile(r"download|export|_file$")
"""A file holds all that its list would show on all of its pages: it is read through, a portion at a time."""

WRITTEN_BY_HAND = {
    *("account_proposals", "agencies", "agreements", "alembic_version", "api_keys", "bank_changes", "bank_objections"),
    *("care_absences", "care_lists", "care_plans", "care_posts", "care_scoring_drafts", "care_scorings", "care_tags"),
    *("care_text_ends", "care_texts", "clock_marks", "developments", "freezes", "gatherings", "house_types"),
    *("invitations", "joinings", "key_marks", "loan_terms", "measure_boards", "measure_seals", "periods"),
    *("plan_drafts", "plan_versions", "poster_designs", "programme_costs", "programme_domains", "programme_employees"),
    *("programme_terms", "programmes", "reward_plan_drafts", "reward_plan_versions", "risk_limits", "robots"),
    *("rule_profiles", "sealed_measures", "slot_closures", "slot_hours", "stocks", "tax_table_drafts", "taxed_goods"),
    "withholding_tables",
}
"""Tables that staff fill: agencies, developments, plans, settings, months. All others grow with clients and deals."""

_BY_PAGE: dict[str, dict[str, str]] = {
    "What is on no statement yet is all lines but those that stand on one: no row says of a line that it is open.": {
        "earnings.index": "payouts posted_lines risk_holds statement_lines",
        "home.index": "posted_lines statement_lines",
        "payouts.release": "posted_lines risk_holds",
        "periods.index": "posted_lines statement_lines statements",
        "statements.to_issue": "posted_lines statement_lines statements",
    },
    "Friends by referrer, from the scan to the reward, since the programme began.": {
        "friends.index": "friend_visits",
        "funnel.index": "friend_visits leads people referrers scan_counts",
        "graph.index": "leads referrers",
        "handing_out.reviews": "relief_bills relief_returns",
        "joining_desk.index": "referrers",
        "poster.show": "friend_visits",
        "programmes.index": "friend_visits leads people referrers scan_counts",
        "programmes.show": "friend_visits people referrers",
    },
    "Clients in care: a month's measures, and whose they are by the last of several hands.": {
        "admin.person": "care_assignments",
        "care.index": "care_assignments care_contacts",
        "care_files.board": "care_assignments care_contacts care_files care_losses loan_steps people showing_reviews "
        "showings touches",
        "care_files.index": "care_assignments care_contacts care_files people",
        "care_files.show": "care_contacts",
        "care_files.silent": "care_assignments care_contacts care_files care_losses loan_steps people showing_reviews "
        "showings touches",
        "care_measures.index": "care_assignments care_contacts care_days care_files care_judgements care_losses "
        "showing_reviews showings",
        "care_plans.try_out": "care_assignments care_contacts care_files",
        "doing.do": "care_contacts",
        "gatherings.invite": "care_assignments care_contacts",
        "hand_overs.index": "care_assignments people",
        "hand_overs.show": "care_assignments",
        "home.index": "care_assignments care_contacts showings",
        "not_bought.correct": "care_contacts",
        "not_bought.index": "care_assignments care_contacts care_files",
        "not_bought.rows": "care_contacts",
        "not_bought.say": "care_contacts",
        "not_bought.to_say": "care_assignments care_contacts care_files",
        "owners.index": "care_assignments",
    },
    "Accounts by role, and who of them is locked, gone or a programme's: as many as partners and friends.": {
        "admin.health": "people referrers",
        "admin.people": "referrers",
        "agency.brokers": "referrers",
        "home.index": "attributions people referrers",
    },
    "What is open after a sale, by the promise or the stage that is next: as many as owners.": {
        "complaints.index": "clients complaints deals owner_files",
        "loans.index": "care_assignments loan_papers loan_steps loans signing_dates",
        "promises.index": "promise_allowances promise_confirmations promise_ends promises vouchers",
    },
    "Appeals, of which there are some hundred a year, and a balance for each payee.": {
        "earnings.index": "appeal_decisions appeals",
        "home.index": "appeal_decisions appeals",
        "ledger.index": "account_balances",
        "payouts.release": "appeal_decisions appeals",
        "periods.index": "appeal_decisions appeals",
    },
    "All that is stored of one person, asked for once in his life.": {
        "erasure.show": "care_days care_grounds care_judgements care_needs care_words complaint_steps complaints "
        "deal_import_rows lead_notes loan_notes not_bought owner_files posted_lines search_terms showings surveys",
        "subjects.client": "complaint_steps gathering_guests loan_notes loan_papers loans owner_files showings "
        "signing_dates",
        "subjects.person": "face_enrolments",
    },
}
"""What is still read through, and why. Nothing is added here."""

READ_THROUGH = {
    Scan(page, table) for pages in _BY_PAGE.values() for page, tables in pages.items() for table in tables.split()
}


@pytest.fixture(scope="module")
def world(migrated: Migrated, secrets: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with migrated.copy("postgresql") as url:
        config = Config(data_dir=tmp_path_factory.mktemp("plans"), database_url=url, step_up_minutes=0, **secrets)
        app = made(config, MovableClock(datetime(2026, 3, 10, 2, tzinfo=UTC)))
        app.config.update(WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
        yield build(app)
        app.extensions["database"].dispose()


def test_no_list_reads_through_what_grows(world: World) -> None:
    database: Database = world.app.extensions["database"]
    asked = _all_that_is_asked(world, database)
    pretend_much(database)
    found = {one for one in read_through(database, asked) if one.table not in WRITTEN_BY_HAND}
    assert sorted(found - READ_THROUGH) == [], "an index for it, or a statement that can use one"
    if NIGHTLY:  # when everybody reads everything
        assert sorted(READ_THROUGH - found) == [], "read through no more: take it out of the table"


def test_a_statement_without_an_index_is_found(world: World) -> None:
    database: Database = world.app.extensions["database"]
    pretend_much(database)
    asked = Asked()
    for statement, page in {
        "SELECT id FROM deals WHERE unit LIKE '%%x%%' ORDER BY id": "unread",
        "SELECT count(*) FROM deals": "counted",
        "SELECT id FROM deals WHERE id = 7": "found",
        "SELECT id FROM deals ORDER BY id DESC LIMIT 25": "a page of them",
    }.items():
        asked.statements[page, statement] = ()
    assert {one.page for one in read_through(database, asked)} == {"unread", "counted"}


def test_tables_that_are_written_by_hand_exist() -> None:
    assert Base.metadata.tables.keys() | {"alembic_version"} >= WRITTEN_BY_HAND


def _all_that_is_asked(world: World, database: Database) -> Asked:
    """What pages ask, by the name of the page; files are left out, by day also what is under an id."""
    asked = Asked()
    for engine in (database.engine, database.reader):
        event.listen(engine, "before_cursor_execute", asked.note)
    for rule, method in routes(world.app):
        permission = permission_of(world.app, rule.endpoint)
        if method != "GET" or permission is None or FILE.search(rule.endpoint) or (rule.arguments and not NIGHTLY):
            continue
        asked.page = rule.endpoint
        for role in in_turn(rule.endpoint, ALLOWED[permission])[:READERS]:
            world.clients[role].get(address_of(world.app, rule, world.ours))
    for engine in (database.engine, database.reader):
        event.remove(engine, "before_cursor_execute", asked.note)
    return asked
