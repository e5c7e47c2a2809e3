"""What an erasure takes, and on which grounds something stays, in words: for who decides, and for who asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from ...models import ErasureOrigin, ErasureShown
from ...rules.erasure.grounds import Ground
from ...services.erasure.parts import What

GONE: Mapping[str, Any] = {
    What.PHONE: _l("Phone number"),
    What.NAMES: _l("Names"),
    What.SEARCH_WORDS: _l("Marks by which a name was found"),
    What.NOTES: _l("Notes of staff"),
    What.TEXTS: _l("Texts"),
    What.MARKS: _l("Marks of networks and companies' lists"),
    What.IMPORTED: _l("Rows of imported files"),
    What.INVITATIONS: _l("Invitations"),
    What.PHOTOS: _l("Photos"),
    What.TEMPLATES: _l("Face templates"),
    What.GUARDIANS: _l("Guardians' names"),
    What.REMINDERS: _l("Reminders"),
    What.CONSENTS: _l("Consents, ended"),
    What.ACCOUNT: _l("Password"),
    What.SIGN_INS: _l("Sign-ins and links"),
    What.FACTORS: _l("Second factors"),
    What.ADDRESSES: _l("Addresses, shown names and own codes"),
    What.BANK: _l("Bank details"),
    What.PROPOSALS: _l("Proposals about the account"),
}


@dataclass(frozen=True, slots=True)
class GroundWords:
    """What stays on a ground, and by which law."""

    what: Any
    law: Any


GROUNDS: Mapping[str, GroundWords] = {
    Ground.PROTECTION: GroundWords(
        _l("Name and number of a contact whose protection runs: a broker or a friend is paid by it"),
        _l("The purpose still stands (PIPL, article 47)."),
    ),
    Ground.REVIEW: GroundWords(
        _l("Name and number of a visit that is being looked at, or may be appealed against"),
        _l("A claim is being decided (PIPL, article 47)."),
    ),
    Ground.DEAL: GroundWords(
        _l("Name and number of a purchase that runs"), _l("Needed for the contract (PIPL, article 13).")
    ),
    Ground.DEAL_RECORD: GroundWords(
        _l("Name and number of a purchase, three years after it ended"),
        _l("So long it may be sued upon (Civil Code, article 188; E-Commerce Law, article 31)."),
    ),
    Ground.MONEY: GroundWords(
        _l("Name, number and account of somebody who is still owed something"),
        _l("Needed to pay it (PIPL, article 13)."),
    ),
    Ground.BOOKS: GroundWords(
        _l("Money in the books, and who was paid or signed for it"),
        _l("Thirty years (Accounting Law; Measures for Accounting Archives)."),
    ),
    Ground.DECISIONS: GroundWords(
        _l("Visits, deals and signed receipts, under a number instead of the name; a receipt shows it masked"),
        _l("Others' claims rest on them (PIPL, article 13); they stay as long as the books."),
    ),
    Ground.CONSENTS: GroundWords(
        _l("That and when consents were given and ended, under a number instead of the name"),
        _l("We have to be able to prove them (PIPL, articles 14 and 69)."),
    ),
    Ground.AUDIT: GroundWords(
        _l("Who did what in our system, under a number instead of the name"),
        _l("Logs have to be kept (Cybersecurity Law, article 21); with the books, where they are about money."),
    ),
}

ORIGINS: Mapping[str, Any] = {
    ErasureOrigin.PAGE: _l("Public page"),
    ErasureOrigin.OFFICER: _l("Privacy officer"),
    ErasureOrigin.SHELL: _l("Server"),
}

SHOWN: Mapping[str, Any] = {
    ErasureShown.CODE: _l("By a code out of a text"),
    ErasureShown.PAPERS: _l("By papers and a call back"),
}
