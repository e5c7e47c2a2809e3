"""Disputes (异议): a line of a statement that the agency contests, taken back or answered."""

from flask import Blueprint
from flask_babel import lazy_gettext as _l
from pydantic import Field

from commissions.refusal import Refusal

from ....adapters.papers import documents
from ....adapters.papers.documents import Document
from ....models import Dispute, DisputeState, PostedLine
from ....rules.partner_api.identifiers import Prefix, identifier
from ....rules.partner_api.keys import Scope
from ....services.payouts import disputes
from ....services.payouts.disputes import MOST_FILES
from ....web.edge import db, files, now
from ...authentication import caller
from ...fields import Asked, Instant, Shown, Words
from ...operations import Operation, operation
from ...pages import PageQuery, PageShown, page
from ...rows import row
from ...sent import FilePart, Files

bp = Blueprint("api_disputes", __name__)

TAG = "disputes"


class DisputeAsked(Asked):
    """What is wrong with the line."""

    words: Words = Field(examples=["该套成交应按第二档计佣。"])


class StepShown(Shown):
    """What was said when the dispute came into a state."""

    state: DisputeState
    words: str
    at: Instant


class DisputeShown(Shown):
    """A line that the agency contests. While it is open the statement's payout waits."""

    id: str = Field(examples=[identifier(Prefix.DISPUTE, 1)])
    statement: str
    line: str
    state: DisputeState
    filed_at: Instant
    steps: list[StepShown]
    files: int


class DisputesQuery(PageQuery):
    """Which disputes are wanted."""

    state: DisputeState | None = Field(default=None, strict=False)


def _documents(_asked: DisputeAsked, sent: Files) -> list[Document]:
    try:
        return [documents.take_in(one.content, one.name) for one in sent.get("files", ())]
    except Refusal as refusal:
        refusal.facts["field"] = "files"
        raise


@operation(
    bp,
    Operation(
        "disputeLine",
        "POST",
        "/lines/{line_id}/dispute",
        Scope.STATEMENTS_WRITE,
        TAG,
        _l("Dispute a line of a statement"),
        {201: DisputeShown},
        body=DisputeAsked,
        files={"files": FilePart("PDFs or pictures.", MOST_FILES)},
        take_in=_documents,
        refusals=(
            *("line_not_stated", "line_disputed", "too_many_files", "document_too_large", "document_kind"),
            *("api_part_odd", "document_damaged", "photo_too_large", "busy_try_again"),
        ),
        example={"words": "该套成交应按第二档计佣。"},
        description=_l("With up to three files in a form. The payment waits until finance has answered."),
    ),
)
def dispute(line_id: str, asked: DisputeAsked, taken: list[Document]) -> DisputeShown:
    """Contest a line."""
    line = row(PostedLine, Prefix.LINE, line_id)
    made = disputes.file_dispute(db(), caller().actor, now(), files(), line, words=asked.words, documents=taken)
    db().flush()
    db().expire(made)
    return shown(made)


@operation(
    bp,
    Operation(
        "listDisputes",
        "GET",
        "/disputes",
        Scope.STATEMENTS_READ,
        TAG,
        _l("The agency's disputes"),
        {200: PageShown[DisputeShown]},
        query=DisputesQuery,
        refusals=("api_cursor_odd",),
    ),
)
def list_disputes(query: DisputesQuery) -> PageShown[DisputeShown]:
    """Newest first."""
    rows, cursor = page(disputes.listing(caller().actor, state=query.state), Dispute.id, Prefix.DISPUTE, query)
    return PageShown[DisputeShown](items=[shown(one) for one in rows], next_cursor=cursor)


@operation(
    bp,
    Operation(
        "readDispute",
        "GET",
        "/disputes/{dispute_id}",
        Scope.STATEMENTS_READ,
        TAG,
        _l("One dispute with finance's answer"),
        {200: DisputeShown},
    ),
)
def read(dispute_id: str) -> DisputeShown:
    """One of them."""
    return shown(row(Dispute, Prefix.DISPUTE, dispute_id))


@operation(
    bp,
    Operation(
        "withdrawDispute",
        "POST",
        "/disputes/{dispute_id}/withdraw",
        Scope.STATEMENTS_WRITE,
        TAG,
        _l("Take a dispute back"),
        {200: DisputeShown},
        refusals=("dispute_closed",),
        description=_l("Before it is answered. The line stands as it is."),
    ),
)
def withdraw(dispute_id: str) -> DisputeShown:
    """Before it is answered."""
    found = row(Dispute, Prefix.DISPUTE, dispute_id)
    disputes.withdraw_dispute(db(), caller().actor, now(), found)
    db().expire(found)
    return shown(found)


def shown(one: Dispute) -> DisputeShown:
    """A dispute as it is answered."""
    return DisputeShown(
        id=identifier(Prefix.DISPUTE, one.id),
        statement=identifier(Prefix.STATEMENT, one.statement_id),
        line=identifier(Prefix.LINE, one.line_id),
        state=one.state,
        filed_at=one.filed_at,
        steps=[StepShown(state=step.state, words=step.words, at=step.at) for step in one.steps],
        files=len(one.files),
    )
