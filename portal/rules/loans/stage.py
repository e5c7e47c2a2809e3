"""The stages of a loan, in their order, and who is waited for until each is reached."""

from collections.abc import Mapping
from enum import StrEnum


class LoanStage(StrEnum):
    """What was done last."""

    PAPERS = "papers"
    PRE_CHECK = "pre_check"
    INTERVIEW = "interview"
    FIRST_REVIEW = "first_review"
    FINAL_REVIEW = "final_review"
    REGISTERED = "registered"
    RELEASED = "released"


class Side(StrEnum):
    """Who is waited for."""

    CLIENT = "client"
    BANK = "bank"
    DEVELOPER = "developer"
    REGISTRY = "registry"


WAITED_FOR: Mapping[LoanStage, Side] = {
    LoanStage.PAPERS: Side.CLIENT,
    LoanStage.PRE_CHECK: Side.BANK,
    LoanStage.INTERVIEW: Side.CLIENT,
    LoanStage.FIRST_REVIEW: Side.BANK,
    LoanStage.FINAL_REVIEW: Side.BANK,
    LoanStage.REGISTERED: Side.REGISTRY,
    LoanStage.RELEASED: Side.BANK,
}
"""Until a stage is reached. With all papers brought, it is the developer's people who have to hand them in."""
