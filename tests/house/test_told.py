"""Nothing changes in silence: each action of the audit log is told of, or stands here with the reason why not.

Each kind is told somewhere, has its words for everybody whom it concerns, and leads where its readers may go.
"""

import ast
from collections.abc import Iterator

import pytest
from flask import Flask

from portal.access.policy import ALLOWED
from portal.models import Base, Event, Notice, Role
from portal.rules.notifications.deadlines import Queue
from portal.rules.notifications.kind import NAMED, Kind, Page, Whom, told_deeds
from portal.rules.notifications.kinds import KINDS
from portal.services.notifications.examples import FACTS, example_facts, said_for_example
from portal.services.notifications.wording import LIVE, Words, words_of
from portal.services.notifications.words import WORDS
from portal.services.robots.words import WORDS as GROUP_WORDS
from portal.web.guard import permission_of
from portal.web.notifications.links import address_of, arguments_of
from portal.web.notifications.words import ICONS, TOPICS
from portal.web.words.audit_actions import AUDIT_ACTIONS
from tests.house.source import calls, python_files

NOT_TOLD = {
    "somebody looked: that changes nothing, and the log keeps it for whoever asks": """
        contact_revealed phone_revealed personal_data_read personal_data_exported appeal_picture_seen
        objection_picture_seen partner_paper_seen agreement_contact_revealed dispute_file_seen attachment_seen
        invoice_seen photo_seen list_exported statement_taken posters_taken bank_file_taken import_refused_taken
        export_taken
    """,
    "a person did it for himself, sees it at once, and nobody else has to do anything": """
        stepped_up factor_renamed recovery_codes_made
        session_ended sessions_ended phone_code_sent vanity_code_chosen work_address_asked poster_line_withdrawn
        shown_name_chosen
        export_scheduled export_changed export_paused export_resumed
        notice_text_tried robot_tried webhook_tried webhook_sent_again
        judgement_what_if_asked
        what_if_asked posters_asked ledger_verification_asked consent_given site_code_scanned arrival_code_tried
        notice_address_asked notice_address_confirmed notice_address_removed
        import_uploaded import_discarded import_confirmed import_resumed
        slot_booked slot_moved mask_number_given
        owner_file_opened owner_described survey_asked guest_received
        care_file_opened care_call_begun care_turn_joined care_turn_left
        care_absence_ended care_call_not_made care_contact_logged
        care_contact_corrected care_contact_withdrawn
        care_needs_said care_day_said care_day_taken_back care_judged care_client_lost care_client_revived
        care_client_seen care_client_unseen care_tag_made care_tag_put care_tag_taken_away care_list_taken
        care_tour_opened
        erasure_answer_withdrawn face_enrolled registration_withdrawn reminder_asked reminder_cancelled
    """,
    "it goes to a client or a stranger, who has no account; a text or the page itself says it": """
        arrival_code_sent care_text_sent client_link_made client_link_revoked
        invitation_sent_again invitation_withdrawn invitation_declined referrer_invited
        employee_checked employee_check_revoked contact_stopped lead_withdrawn opt_out_shown
        erasure_number_shown erased_on_request
        owner_poster_offered owner_poster_answered gathering_moved gathering_cancelled guests_invited
    """,
    "a step of a deed that is told of as a whole": """
        evidence_received
        lead_left_again lead_proven fine_posted goods_taxed reward_rescheduled reward_retold
        reward_handed_out reward_paid reward_payment_returned reward_not_received reward_due_again
        reward_set_off benefit_moved_on period_chunk_closed period_close_started
        discount_granted deal_given deal_moved reward_plan_accepted key_rotation_begun
        index_rotation_begun index_rotation_ended
    """,
    "words and pictures of pages for friends: whoever keeps them sees them there": """
        landing_changed landing_published landing_taken_down landing_picture_added landing_picture_captioned
        landing_picture_moved landing_picture_removed house_type_added house_type_changed house_type_moved
        house_type_removed poster_look_changed poster_design_added poster_design_offered poster_design_withdrawn
    """,
    "the staff's own books, which nobody waits for": """
        measure_entered
        loan_begun loan_paper_noted loan_risk_noted loan_risk_settled signing_date_agreed
        care_tag_renamed care_tag_merged care_tag_parted
        care_list_kept not_bought_said not_bought_corrected
        slot_hours_set slot_day_closed slot_day_opened
        handover_planned gathering_created gathering_changed
        programme_created programme_changed stand_gifts_changed programme_cost_recorded employee_list_replaced
        stock_counted development_created agency_created licence_entered partner_paper_added
        person_renamed facts_taken_over key_taken_up invitation_refused
    """,
    "it was asked for on the sign-in page; who asked is spoken to by whoever says no": "lost_factor_note_closed",
    "who proposed it took it back: it leaves the queue, and nobody has to do anything": """
        account_change_withdrawn plan_draft_withdrawn reward_plan_draft_withdrawn tax_table_draft_withdrawn
        loan_terms_withdrawn measure_board_withdrawn measure_seal_withdrawn
        rule_profile_withdrawn care_points_withdrawn risk_limits_withdrawn
        rule_profile_withdrawn care_plan_withdrawn care_text_withdrawn
        bank_details_withdrawn correction_withdrawn conflict_withdrawn dispute_withdrawn adjustment_withdrawn
    """,
    "it begins with a text to its owner, or ends at the door, where it is said": """
        person_created sign_in_refused referrer_created
    """,
    "of before: nobody does it any more": "bank_details_changed",
}
"""Why nobody is told → the actions of the audit log."""


def _not_told() -> set[str]:
    return {deed for deeds in NOT_TOLD.values() for deed in deeds.split()}


def test_every_deed_is_told_of_or_says_why_not() -> None:
    told, silent = told_deeds(KINDS.values()), _not_told()
    assert AUDIT_ACTIONS.keys() - told - silent == set(), "nobody is told, and nobody said why"
    assert (silent | told) - AUDIT_ACTIONS.keys() == set(), "no such deed"
    assert told & silent == set(), "it is told of: take it off the list"


def _told_in_code() -> Iterator[str]:
    """The kinds that the code tells: every name of one in a module that calls `tell`."""
    for path in python_files("portal"):
        text = path.read_text(encoding="utf-8")
        if any(name.rpartition(".")[2].startswith("tell") for name, _call in calls(path)):
            yield from _named(ast.parse(text))


def _named(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in KINDS:
            yield node.value
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Queue":
            yield Queue[node.attr]


def test_every_kind_is_told_somewhere() -> None:
    assert KINDS.keys() - set(_told_in_code()) == set()


def test_every_kind_is_about_a_table_and_concerns_roles_that_are_there() -> None:
    tables = {*Base.metadata.tables, "ledger", "portal"}
    assert {name for name, kind in KINDS.items() if kind.subject not in tables} == set()
    assert {whom for whom in Whom if whom not in NAMED} <= {role.value for role in Role}


def test_every_topic_and_importance_is_shown() -> None:
    assert {kind.topic for kind in KINDS.values()} <= TOPICS.keys()
    assert {kind.importance for kind in KINDS.values()} <= ICONS.keys()


def _all_words() -> list[tuple[str, Kind, Whom, Words]]:
    return [(name, kind, whom, words_of(WORDS[name], whom)) for name, kind in KINDS.items() for whom in kind.whom]


def test_every_kind_has_its_words_and_no_others_stand_there() -> None:
    assert KINDS.keys() == WORDS.keys()
    odd = {name: set(told) - {None, *KINDS[name].whom} for name, told in WORDS.items()}
    assert {name: whom for name, whom in odd.items() if whom} == {}


@pytest.mark.parametrize("locale", ["zh_Hans_CN", "en"])
def test_every_text_can_be_said_in_both_languages(locale: str) -> None:
    for name, kind, _whom, words in _all_words():
        said = said_for_example(kind, words, locale)
        assert said.subject, name
        assert said.why, name
        assert "%(" not in f"{said.subject}{said.why}{said.do}", name


def test_a_subject_is_a_line_without_a_full_stop() -> None:
    """It is a mail's subject and a list's heading; what follows are sentences."""
    for name, _kind, _whom, words in _all_words():
        assert not words.subject.endswith("."), name
        assert len(words.subject) <= 90, name
        assert words.why.endswith((".", "?")), name
        assert not words.do or words.do.endswith((".", "?")), name


def test_terms_word_facts_that_the_kind_has() -> None:
    assert {name for name, kind, _whom, words in _all_words() if set(words.terms) - {*kind.facts, *LIVE}} == set()


def _pages() -> Iterator[tuple[str, Page, Whom]]:
    for name, kind in KINDS.items():
        yield from ((name, kind.page_of(whom), whom) for whom in kind.whom)


def test_every_notice_has_its_address(app: Flask) -> None:
    with app.test_request_context():
        for name, kind, whom, words in _all_words():
            facts = {fact: value for fact, value in example_facts(kind, words).items() if fact in kind.facts}
            event = Event(kind=name, subject_id=7, facts=facts)
            assert address_of(Notice(event=event, whom=whom)).startswith("/"), name


def test_every_notice_leads_where_its_reader_may_go(app: Flask) -> None:
    """A link to a closed door tells a person of what he may not see."""
    with app.test_request_context():
        for name, page, whom in _pages():
            arguments = arguments_of(page)
            assert len(arguments) <= 1, f"{name}: {page.endpoint} has {sorted(arguments)} in its address"
            permission = permission_of(app, page.endpoint)
            roles = {Role.PRINCIPAL} if whom is Whom.PRINCIPALS else set() if whom is Whom.PERSON else {Role(whom)}
            allowed = set(Role) if permission is None else ALLOWED[permission]
            assert roles <= allowed, f"{name}: {page.endpoint} is closed to {whom}"


def test_the_table_of_examples_has_every_fact_and_no_other() -> None:
    """The preview shows each text with these, and so does the test above: a fact without an example fails there."""
    needed = {fact for _name, kind, _whom, words in _all_words() for fact in kind.facts if fact not in words.terms}
    assert needed == FACTS.keys()


@pytest.mark.parametrize("locale", ["zh_Hans_CN", "en"])
def test_what_a_group_hears_is_worded_and_names_nobody(locale: str) -> None:
    """Who is in a group of 企业微信 nobody knows, and what was said there stays there."""
    assert {name for name, kind in KINDS.items() if kind.group} == GROUP_WORDS.keys()
    for name, words in GROUP_WORDS.items():
        kind = KINDS[name]
        assert "%(person)s" not in words.subject + words.do, name
        said = said_for_example(kind, words, locale)
        assert said.subject, name
        assert "%(" not in said.subject + said.do, name
        only = kind.group.only if kind.group else None
        assert only is None or only[1] == words.terms[only[0]].keys(), name
