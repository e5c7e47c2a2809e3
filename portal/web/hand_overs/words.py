"""What the kinds of work are called, and the page of each thing."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l

from ...access.permissions import Permission as P
from ...access.policy import may
from ...models import Work
from ...services.hand_overs.waiting import Item
from ..edge import actor

TITLES: Mapping[Work, Any] = {
    Work.CLIENTS: _l("Clients"),
    Work.LEAD_STEPS: _l("Next steps with leads"),
    Work.CARE_FILES: _l("Clients in care"),
    Work.IMPORTS: _l("Imports"),
    Work.PLAN_DRAFTS: _l("Drafts of commission plans"),
    Work.REWARD_PLAN_DRAFTS: _l("Drafts of reward plans"),
    Work.ADJUSTMENTS: _l("Adjustments"),
    Work.CORRECTIONS: _l("Corrections"),
    Work.TAX_TABLES: _l("Tax tables"),
    Work.ACCOUNT_CHANGES: _l("Account changes"),
}

MEANS: Mapping[Work, Any] = {
    Work.CLIENTS: _l(
        "Who takes a client over sees and calls the client, checks in, and is told what happens. Protection, the "
        "agency, and whose name a deal bears stay as they are."
    ),
    Work.LEAD_STEPS: _l("The same step with the same day, for somebody else."),
    Work.CARE_FILES: _l("Who takes a client over finds what is due in the own day from now on."),
    Work.IMPORTS: _l("Who takes it over carries the file out or puts it away, and gets the refused rows back."),
}
"""What handing over means; of all else it is said by `PROPOSED`."""

PROPOSED = _l("It waits for another person's decision. Who takes it over is asked about it, and told what was decided.")

_PAGES: Mapping[Work, tuple[str, str, P]] = {
    Work.LEAD_STEPS: ("referrers.lead", "lead_id", P.READ_LEADS),
    Work.CARE_FILES: ("care_files.show", "file_id", P.LEAD_CARE),
    Work.IMPORTS: ("imports.show", "import_id", P.RECORD_DEAL),
    Work.PLAN_DRAFTS: ("drafts.show", "draft_id", P.PROPOSE_PLAN),
    Work.REWARD_PLAN_DRAFTS: ("reward_drafts.show", "draft_id", P.READ_REWARD_PLANS),
    Work.ADJUSTMENTS: ("adjustments.show", "adjustment_id", P.READ_ADJUSTMENTS),
    Work.CORRECTIONS: ("correction_proposals.show", "proposal_id", P.CONFIRM_CORRECTION),
    Work.TAX_TABLES: ("tax_table_drafts.show", "draft_id", P.READ_TAX),
    Work.ACCOUNT_CHANGES: ("admin.proposal", "proposal_id", P.MANAGE_PEOPLE),
}


def page_of_item(work: Work, item: Item) -> str | None:
    """Where the reader looks at it; None where he may not."""
    if work not in _PAGES:
        return None
    endpoint, argument, permission = _PAGES[work]
    number: dict[str, Any] = {argument: item.about}
    return url_for(endpoint, **number) if may(actor(), permission) else None


def means(work: Work) -> str:
    """What handing this over means."""
    return str(MEANS.get(work, PROPOSED))
