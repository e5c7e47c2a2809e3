"""The pages: the only room, beside the partner API, that knows HTTP.

A room of pages is a package with `routes.py` and `forms.py`. A route asks the form, calls one service, and
shows a page or redirects. Every route names its permission (`guard.guard`) or says that it is public.
"""

from flask import Blueprint

from .admin.routes import bp as admin
from .agency.routes import bp as agency
from .auth.routes import bp as auth
from .health.routes import bp as health
from .home.routes import bp as home
from .language.routes import bp as language
from .receipts.routes import bp as receipts
from .referral.friends import bp as friends
from .referral.landing import bp as landing
from .referral.poster import bp as poster
from .referral.referrers import bp as referrers
from .referral.rewards import bp as rewards
from .registrations.routes import bp as registrations
from .walk_ins.routes import bp as walk_ins

ROOMS: tuple[Blueprint, ...] = (
    admin,
    agency,
    auth,
    friends,
    health,
    home,
    landing,
    language,
    poster,
    receipts,
    referrers,
    registrations,
    rewards,
    walk_ins,
)
"""Every room of pages; `portal.app` opens them."""
