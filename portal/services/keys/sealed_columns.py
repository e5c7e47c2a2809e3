"""Everything that rests sealed in the database: one register, which a test holds against the models.

What is sealed elsewhere: the stored files, each for its own name (`adapters.storage.files`); and what goes to a page
and comes back within the hour (`messages.sealed_addresses`, forms of lists), which rests nowhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from string import Formatter
from typing import Any

from sqlalchemy import Column, Row

from ...models import Base

CONTEXTS: Mapping[str, str] = {
    "account_proposals.phone_sealed": "phone",
    "account_ties.openid_sealed": "account tie.openid:{person_id}",
    "account_ties.subject_sealed": "account tie.subject:{person_id}",
    "agencies.bank_sealed": "agency.bank:{id}",
    "agreements.contact_sealed": "agreement.contact",
    "api_answers.body_sealed": "api answer:{key_id}:{idempotency_key}",
    "app_messages.params_sealed": "app.params",
    "app_tokens.token_sealed": "app_tokens.token",
    "bank_changes.details_sealed": "bank change:{payee}:{proposed_by}:{proposed_at}",
    "care_days.day_sealed": "care day:{file_id}",
    "care_grounds.words_sealed": "care ground:{judgement_id}",
    "care_files.name_sealed": "care file.name:{development_id}:{client_id}",
    "care_needs.needs_sealed": "care needs:{file_id}",
    "care_words.note_sealed": "care words:{file_id}",
    "care_words.promised_sealed": "care words:{file_id}",
    "clients.phone_sealed": "phone",
    "code_generators.secret_sealed": "code_generator.secret:{person_id}",
    "complaint_words.text_sealed": "complaint words:{step_id}",
    "deal_import_rows.cells_sealed": "import.row",
    "deals.name_sealed": "client.name",
    "face_enrolments.vector_sealed": "face.template",
    "face_templates.vector_sealed": "face.template",
    "guardians.name_sealed": "guardian.name",
    "invitations.name_sealed": "invitation.name",
    "invitations.phone_sealed": "phone",
    "lead_notes.step_sealed": "client.note",
    "lead_notes.text_sealed": "client.note",
    "leads.name_sealed": "client.name",
    "loan_notes.text_sealed": "client.note",
    "loans.officer_sealed": "loan.officer:{deal_id}",
    "mails.params_sealed": "mail.params",
    "mails.to_sealed": "mail.to",
    "not_bought.note_sealed": "not bought.note:{file_id}",
    "notice_settings.mail_sealed": "notices.mail:{person_id}",
    "owner_files.family_sealed": "owner file:{deal_id}",
    "owner_files.hobbies_sealed": "owner file:{deal_id}",
    "payout_batches.content_sealed": "payout_batch",
    "people.bank_sealed": "person.bank:{id}",
    "people.password_sealed": "person.password:{id}",
    "people.phone_sealed": "phone",
    "programmes.contact_sealed": "client.name",
    "registration_masks.mask_sealed": "registration mask:{registration_id}",
    "registrations.name_sealed": "client.name",
    "promises.text_sealed": "client.note",
    "robots.key_sealed": "robot.key:{development_id}",
    "share_tickets.ticket_sealed": "share_tickets.ticket",
    "share_tickets.token_sealed": "share_tickets.token",
    "survey_answers.words_sealed": "survey answer:{survey_id}",
    "text_messages.number_sealed": "phone",
    "text_messages.params_sealed": "text.params",
    "touches.name_sealed": "client.name",
    "webhook_attempts.answer_sealed": "webhook answer:{delivery_id}",
    "webhook_endpoints.former_sealed": "webhook secret:{agency_id}",
    "webhook_endpoints.secret_sealed": "webhook secret:{agency_id}",
}
"""Under which context each column is sealed; in braces the columns of its row that it is bound to."""


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of sealed values, and under which context each of them was sealed."""

    column: Column[bytes]
    context: str

    @property
    def name(self) -> str:
        """`people.phone_sealed`, for example."""
        return f"{self.column.table.name}.{self.column.name}"

    @property
    def key(self) -> Column[Any]:
        """The number of its rows."""
        (key,) = self.column.table.primary_key
        return key

    def bound_to(self) -> list[Column[Any]]:
        """The columns that its context names."""
        names = [field for _, field, _, _ in Formatter().parse(self.context) if field]
        return [self.column.table.c[name] for name in names]

    def context_of(self, row: Row[Any]) -> str:
        """What one value was sealed for; the row holds the columns of `bound_to`."""
        return self.context.format_map({name: _said(value) for name, value in row._mapping.items()})


def sealed_columns() -> list[SealedColumn]:
    """All of them, table by table."""
    return [SealedColumn(_column(name), context) for name, context in CONTEXTS.items()]


def _column(name: str) -> Column[bytes]:
    table, _, column = name.partition(".")
    return Base.metadata.tables[table].c[column]


def _said(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
