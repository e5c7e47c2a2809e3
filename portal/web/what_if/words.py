"""What-if in plain words: the question, and why a deal would earn something else."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from commissions.what_if import Why

from ...clock import local_day
from ...models import WhatIfRun
from ...services.commission.what_if import StoredChange
from ..components import benefit, day, percent, plan_name

WHYS: Mapping[str, Any] = {
    Why.CANCELLED: _l("Cancelled"),
    Why.FORFEITURE: _l("Forfeiture of a fake showing"),
    Why.WINDOW: _l("Another window"),
    Why.RANK: _l("Another rank"),
    Why.TIER: _l("Another step of the ladder"),
    Why.ARITHMETIC: _l("Another rate or sum"),
    Why.BENEFIT: _l("Another benefit"),
}
_INSTANT = timedelta(microseconds=1)


def title(run: WhatIfRun) -> str:
    """What is tried, in a few words."""
    if run.deal is not None:
        return _("Cancel deal %(number)s", number=run.deal.id)
    if run.draft is not None:
        return _("%(name)s, draft %(number)s", name=plan_name(run.draft.name), number=run.draft.id)
    assert run.version is not None  # the database keeps it so
    return _("%(name)s, version %(version)s", name=plan_name(run.version.name), version=run.version.version)


def question(run: WhatIfRun) -> str:
    """The whole question as a sentence."""
    if run.deal is not None:
        return _("What if deal %(number)s were cancelled? All deals of its agency's window.", number=run.deal.id)
    facts = {"since": day(local_day(run.since)), "until": day(local_day(run.until - _INSTANT))}
    narrowed = [one.name for one in (run.development, run.agency) if one is not None]
    if run.plan_name is not None:
        narrowed.append(_("deals that keep a version of %(name)s", name=plan_name(run.plan_name)))
    said = _("Deals signed from %(since)s to %(until)s, under this plan instead of the one they keep.", **facts)
    return " ".join([said, _("Only: %(narrowed)s.", narrowed=_(", ").join(narrowed))]) if narrowed else said


def why(change: StoredChange) -> str:
    """Why a deal would earn something else, with both figures."""
    said = str(WHYS[change.why])
    if change.why == Why.RANK:
        return _("%(why)s: %(before)s → %(after)s", why=said, before=change.rank_before, after=change.rank_after)
    if change.why == Why.WINDOW:
        windows = (change.window_before, change.window_after)
        before, after = (_("the whole agreement") if one == "agreement" else one for one in windows)
        return _("%(why)s: %(before)s → %(after)s", why=said, before=before, after=after)
    if change.why == Why.BENEFIT:
        before, after = (benefit(one) if one else _("none") for one in (change.benefit_before, change.benefit_after))
        return _("%(why)s: %(before)s → %(after)s", why=said, before=before, after=after)
    return said


def rate(rate_bps: int | None, fen: int) -> str:
    """The rate that pays; a fixed sum has none, and what does not count neither."""
    if rate_bps is not None:
        return percent(rate_bps)
    return _("Fixed sum") if fen else "–"


def counted(counts: Mapping[str, int]) -> str:
    """Benefits with how often each comes: `Overseas trip × 3`."""
    return _(", ").join(f"{benefit(name)} × {count}" for name, count in sorted(counts.items()))


def benefits(names: Iterable[str]) -> str:
    """Benefits in a row."""
    return _(", ").join(str(benefit(name)) for name in names)


def reasons(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """How many deals change for each reason, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda pair: -pair[1])
    return [(str(WHYS[code]), ngettext("%(num)d deal", "%(num)d deals", count)) for code, count in ordered]
