"""Two plans side by side: the same lines of both, and which of them differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from flask_babel import gettext as _

from commissions.plan import Instalment, Plan, Tier

from ...access.actor import Actor
from ...access.permissions import Permission
from ...access.policy import may
from ...access.scope import find
from ...models import PlanDraft, PlanVersion
from ...services.commission import plan_drafts, plans
from ...session import Session
from ..components import benefit, instant, money, percent, plan_name
from ..lists.arguments import number_of
from ..words import plans as words
from ..words.statuses import status

_MOST = 200
"""Choices offered, newest first."""


@dataclass(frozen=True, slots=True)
class Side:
    """A version or a draft, as it is compared; `key` is how it stands in an address: `v3` or `d5`."""

    key: str
    title: str
    plan: Plan
    effective_from: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One line of both plans; an empty text where a plan has no such line."""

    label: str
    left: str
    right: str

    @property
    def differs(self) -> bool:
        return self.left != self.right


def choices(session: Session, actor: Actor, *, alive: bool = False) -> list[tuple[str, str]]:
    """What can be compared, as (key, title): drafts for who may propose, and the versions that the reader sees.

    `alive`: no drafts that were refused or withdrawn.
    """
    found: list[tuple[str, str]] = []
    if may(actor, Permission.PROPOSE_PLAN):
        found += [(f"d{row.id}", _draft_title(row)) for row in plan_drafts.newest(session, actor, _MOST, alive=alive)]
    return found + [(f"v{row.id}", _version_title(row)) for row in plans.newest(session, actor, _MOST)]


def side(session: Session, actor: Actor, key: str | None) -> Side | None:
    """What a key names; None where it names nothing that the reader may see."""
    kind, number = (key or "")[:1], number_of((key or "")[1:])
    if number is None:
        return None
    if kind == "v" and (version := find(session, actor, PlanVersion, number)):
        return Side(f"v{number}", _version_title(version), plans.parse(version.toml), version.effective_from)
    if kind == "d" and may(actor, Permission.PROPOSE_PLAN) and (draft := find(session, actor, PlanDraft, number)):
        return Side(f"d{number}", _draft_title(draft), plans.parse(draft.toml), draft.effective_from)
    return None


def newest_pair(session: Session, actor: Actor) -> tuple[str, str] | None:
    """The keys of what a reader most likely compares: the newest version with the one before, where there is none the
    newest draft with its plan's newest version; None where nothing has anything beside it."""
    seen = plans.newest(session, actor, _MOST)
    newest = {version.name: version for version in reversed(seen)}
    for version in seen:
        if older := [one for one in seen if one.name == version.name and one.version < version.version]:
            return f"v{max(older, key=lambda one: one.version).id}", f"v{version.id}"
    drafts = plan_drafts.newest(session, actor, _MOST) if may(actor, Permission.PROPOSE_PLAN) else []
    return next(((f"v{newest[draft.name].id}", f"d{draft.id}") for draft in drafts if draft.name in newest), None)


def rows(left: Side, right: Side) -> list[Line]:
    """All lines of two plans, in the order in which a plan is read."""
    one, other = left.plan, right.plan
    return [
        Line(_("In force from"), instant(left.effective_from), instant(right.effective_from)),
        Line(_("Way of counting"), *(str(words.MODES[plan.mode][0]) for plan in (one, other))),
        Line(_("Window"), *(str(words.WINDOWS[plan.window][0]) for plan in (one, other))),
        Line(_("Scope"), *(str(words.SCOPES[plan.scope][0]) for plan in (one, other))),
        Line(_("Split deals count"), *(str(words.SPLITS[plan.split_counts][0]) for plan in (one, other))),
        *_numbered(_("Step %(number)s"), _steps(one), _steps(other)),
        *_numbered(_("Instalment %(number)s"), _parts(one.instalments), _parts(other.instalments)),
        Line(_("Most that one deal earns"), *(_sum(plan.cap_fen) for plan in (one, other))),
        Line(_("Fine for a confirmed fake showing"), *(_sum(plan.fine_fen) for plan in (one, other))),
        Line(_("Forfeiture"), *(_("Yes") if plan.forfeiture else _("No") for plan in (one, other))),
        *(Line(_("%(deals)s deals earn", deals=count), *pair) for count, pair in _examples(one, other)),
    ]


def _numbered(label: str, left: Sequence[str], right: Sequence[str]) -> list[Line]:
    pairs = enumerate(zip_longest(left, right, fillvalue=""), 1)
    return [Line(label % {"number": number}, *pair) for number, pair in pairs]


def _steps(plan: Plan) -> list[str]:
    return [_step(start, tier) for start, tier in zip(plan.starts, plan.tiers, strict=True)]


def _step(start: int, tier: Tier) -> str:
    text = f"{words.span(start, tier.up_to)}: {words.pay(tier)}"
    return text if tier.benefit is None else f"{text} + {benefit(tier.benefit)}"


def _parts(instalments: Sequence[Instalment]) -> list[str]:
    return [f"{status('deal', part.milestone).word}: {percent(part.share_bps)}" for part in instalments]


def _sum(fen: int | None) -> str:
    return _("None") if fen is None else money(fen)


def _examples(one: Plan, other: Plan) -> list[tuple[int, list[str]]]:
    return [(count, [words.example_sum(plan, count) for plan in (one, other)]) for count in words.EXAMPLES]


def _version_title(version: PlanVersion) -> str:
    return _("%(name)s, version %(version)s", name=plan_name(version.name), version=version.version)


def _draft_title(draft: PlanDraft) -> str:
    return _("%(name)s, draft %(number)s", name=plan_name(draft.name), number=draft.id)
