"""Every deed leaves its line in the audit log: what a service writes, it writes down who did it and when.

A function that writes records the deed itself, through a step of its own, or on every way into it. The others stand
below with the reason why they need no line.
"""

from collections import Counter

from portal.web.words.audit_actions import AUDIT_ACTIONS
from tests.house.deeds import Found, functions_of_services, unanswered, written_down
from tests.house.source import python_files

WITHOUT = {
    "account_safety/factor_resets._end": "done and cancelled are written down by who ends it",
    "accounts/account_proposals._open": "`people` opens the account and makes the link, and writes both down",
    "drafts.": "what was decided about a draft is written down by the verbs of its plan",
    "taxes/table_drafts.confirm_draft": "`tax_tables.publish_table` writes it down",
    "showings/check_ins.check_in_by_code": "a wrong code counts where it stands; the visit writes itself down",
    "proposals._decide": "who keeps proposals writes down what each of them was about",
    "events/telling.tell": "an event stands beside the line of its deed; what time alone brings, nobody decides",
    "notifications/": "an event is handed on, which nobody decides; what a reader chose stands in a row of his own",
    "messages/mails.": "whoever has a mail sent writes it down; a digest, or a notice, is no deed",
    "messages/texts.take_report": "what a provider says of a text stands in the text's own row",
    "app_messages/outbox.": "the message's own row; who was told of what stands in deliveries",
    "app_messages/tokens.": "the machine asks an app for a token, and notes it in its row",
    "messages/reports.": "the machine asks a provider, and notes in the text's own row that it did",
    "messages/texts.rewrite": "the text's own row, before it goes",
    "home/guides.show_guide": "a person puts an introduction away: nothing is decided",
    "home/health.note": "that the worker looked, or that an archive was made: nobody decides it",
    "care_team/rota.end_over": "the last day of an absence is over: nobody decides it",
    "hand_overs/telling.tell_due": "what still waits is told once a day: nobody decides it",
    "facts.enter": "the register of facts is itself a log, chained and signed",
    "storage/worker.": "what was found of the files is a row of its own; nothing that they hold is changed",
    "verification/": "the run has its own line when it ends; in between it counts on",
    "provider_sign_in/ties.enter": "the session that it opens, the tie or the closing writes itself down",
    "faces/erasure._prove": "an erasure is proven by its own row, which nobody changes",
    "faces/erasure.erase_": "an erasure is proven by its own row, which nobody changes",
    "erasure/parts.erase": "what goes is counted, and written down and signed as a whole by `requests`",
    "privacy/retention_sweep._note": "the run itself, a row a day",
    "care_files/forgetting.erasing": "a part of that run, whose row counts it",
    "care_files/forgetting_buyers.": "a part of that run, whose row counts it",
    "bank_details/bank_details.index_accounts": "an index of what rests sealed already: nothing is decided",
    "partners/papers.index_contacts": "an index of what rests sealed already: nothing is decided",
    "measures/day_figures.count_due": "a sum of rows that are there, which anybody can make again",
    "risk/finding.sweep_due": "that figures were looked at today; each flag writes itself down",
    "audit.forget_addresses": "what has run out goes by its age: nobody decides it",
    "sweeps.": "what has run out is deleted: nobody decides it",
    "faces/faces.keep_template": "the check-in or the enrolment is the deed; by another engine it is the same face",
    "faces/enrolments._end": "an enrolment that is made anew, or ran out: the proposal keeps who and when",
    "imports/files._erase": "the cells of a file that is over are erased: nobody decides it",
    "imports/files.erase_due": "the cells of a file that is over are erased: nobody decides it",
    "imports/trouble.count_try": "a try that failed is counted; what a person does about it is written down",
    "imports/worker.step": "a step that goes on forgets the tries before it; what it does is written down",
    "imports/worker._plan": "trying out changes nothing that counts; carrying out is written down row by row",
    "imports/worker._try_next": "trying out changes nothing that counts; carrying out is written down row by row",
    "periods/worker.steps": "a step takes the work up; each chunk that it ends is written down",
    "commission/worker.run": "a question was written down when it was asked; the answer changes nothing",
    "commission/worker._store": "a question was written down when it was asked; the answer changes nothing",
    "judgements/worker.": "a question was written down when it was asked; the answer changes nothing",
    "posters/worker._": "what a person asked for is written down; drawing it is the worker's",
    "posters/batches.erase_due": "what has run out is deleted: nobody decides it",
    "statements/papers.keep": "the paper is drawn from its statement, which was written down; any draws it alike",
    "messages/phone_codes.try_code": "a try counts where it stands; who was shown to have the number is written down",
    "joining/invitations._write": "who sends it again, ends it or answers it is written down by the verb",
    "joining/invitations.erase_over": "what may not be kept any longer is erased: nobody decides it",
    "messages/worker._": "the message's own row says when it was tried and sent",
    "messages/outbox.write": "the message's own row says when it was tried and sent",
    "partner_api/calls.": "a call is counted, and its count goes by its age: nobody decides it",
    "partner_api/keys.seen": "when a key was used last stands in its own row",
    "partner_api/stream.trigger": "nothing in a sandbox is real, and it stands for no deed",
    "partner_api/repeats.": "the answer of a deed, kept a day to be given again: the deed is written down",
    "sandbox/world.": "what stands in a sandbox is made by the services themselves; a freeze of nobody real",
    "robots/telling.": "what a group is told stands in the message's own row; nobody decides it",
    "webhooks/queueing.queue": "that something is to be sent stands in the delivery's own row: nobody decides it",
    "webhooks/worker.": "when a delivery was tried, and what was answered, stands in its own rows",
    "webhooks/endpoints.give_up_waiting": "who switches an endpoint off is written down; one that fails says it itself",
    "webhooks/endpoints.switch_off": "as above",
    "webhooks/endpoints.forget_former": "a secret that has run out goes by its age: nobody decides it",
    "webhooks/deliveries.delete_old": "what has run out is deleted: nobody decides it",
    "robots/outbox.": "that a robot is gone, or back, stands in its own row: nobody decides it",
    "exports/runs.claim": "that it is tried stands in its own row; that it was made, or not, is written down",
    "exports/runs._still_ours": "as above",
    "exports/runs.erase_due": "what has run out is deleted: nobody decides it",
    "clients.add_client": "a number that becomes known; what it is known by is written down",
    "care_files/scoring.keep_given": "what a new portal begins with: nobody decides it",
    "care_files/tags.keep_given": "as above",
    "loans/client_links.text_client": "the text's own row says when it went; that the link was made is written down",
    "leads/gift_texts.": "the text's own row says when it went; the visit that brought the gift is written down",
    "messages/texts._": "the text's own row says when it was tried and sent",
    "aftercare/complaints.text_owner": "the text's own row says when it was tried and sent",
    "aftercare/surveys.text_owner": "the text's own row says when it was tried and sent",
    "gatherings/gatherings.text_guest": "the text's own row says when it was tried and sent",
    "conflicts/cases.join": "who has part in a case; that it was opened, and by what, is written down",
    "slots/passes._text": "the text's own row says when it was tried and sent",
    "index_key/rounds.forget_pairs": "the round is written down when it begins, turns and ends",
    "index_key/words.move_rows": "as above",
    "inserts.insert_many_unless_there": "one statement, at the service of who inserts",
    "keys/rotation.seal_rows": "the round is written down when it begins and ends; the row counts in between",
    "keys/rotation._count": "as above",
    "faces/challenges.": "a one-time word of a capture; the capture is the deed",
    "faces/faces.put_in_force": "who enrols a face, or confirms it, writes that down; a sandbox begins with drawn ones",
    "referral/worker._": "what the worker asked WeChat for, and what came of it, stands in the row itself",
    "referral/scans.": "scans are counted without saying whose they are",
    "second_factors/halves.begin": "a sign-in under way; that somebody came in, or did not, is written down",
    "second_factors/proving._": "a code is spent where it is typed; what it opens is written down",
    "second_factors/passkeys.": "what a passkey was asked; who adds one or signs in by it is written down",
    "accounts/sign_in.note_seen": "when a session was seen last",
    "accounts/sign_in_tries.note": "tries have a table of their own, which the lock-out reads",
}
"""A function, or the beginning of several names → why nothing of it stands in the audit log."""

OFTEN = {"webhook_sent_again": 2, "client_registered": 2, "phone_revealed": 3, "reward_approved": 2}
"""Deeds that are written down in more than one place."""

OF_BEFORE = {"bank_details_changed"}
"""Deeds that stand in logs, and that nobody does any more."""


def test_every_service_that_writes_leaves_its_line() -> None:
    found = unanswered(functions_of_services())
    assert not {name for name in found if not name.startswith(tuple(WITHOUT))}, "writes, and writes nothing down"


def test_every_reason_is_needed() -> None:
    found = unanswered(functions_of_services())
    assert not {reason for reason in WITHOUT if not any(name.startswith(reason) for name in found)}


def test_every_deed_is_written_down_where_it_is_done() -> None:
    """The words of the log are a list of all deeds: one that nobody records any more would be missed by its reader."""
    found: Counter[str] = sum((written_down(path) for path in python_files("portal")), Counter())
    assert found == Counter(dict.fromkeys(AUDIT_ACTIONS.keys() - OF_BEFORE, 1) | OFTEN)


def test_a_line_that_is_left_out_is_found() -> None:
    functions = {
        "a.deed": Found(writes=True, records=True, calls={"a._step"}),
        "a.other": Found(calls={"a._step"}),
        "a._step": Found(writes=True),
        "a.alone": Found(writes=True),
        "a.reads": Found(),
    }
    assert unanswered(functions) == {"a._step", "a.alone"}
    functions["a.other"].records = True
    assert unanswered(functions) == {"a.alone"}
