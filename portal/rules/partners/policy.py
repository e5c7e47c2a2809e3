"""A development's settings, with the defaults of the rules.

A development stores only what it changes (`Development.policy`); everything else is the default here. A setting that is
not known, or not a whole number in its range, is refused: a typing error must never quietly leave the default in force.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from commissions.refusal import Refusal

from ..judgements.profile import Profile, Slots
from ..judgements.protection import Kind

MOST = 1_000_000
"""No setting is larger: days, minutes and metres beyond it are typing errors."""

LEAST = {
    "lead_minutes": 0,
    "deal_splits": 0,
    "opens_hour": 0,
    "self_joining": 0,
    "relief_month_yuan": 0,
    "parking_month_yuan": 0,
    "unproven_leads": 0,
    "programme_unproven_leads": 0,
    "development_unproven_leads": 0,
    "network_unproven_leads": 0,
    "complaint_from_hour": 0,
    "survey_after_days": 0,
}
"""The others are at least 1: a protection of no days would hold and not hold a client at the same instant."""

LARGEST = {
    "opens_hour": 23,
    "closes_hour": 24,
    "complaint_from_hour": 23,
    "complaint_until_hour": 24,
    "survey_bad_mark": 4,
    "survey_days": 365,
    "survey_after_days": 365,
    "deal_splits": 1,
    "visitor_gifts": 100,
    "self_joining": 1,
    "joining_daily_limit": 1_000,
    "employee_discount_bps": 1_000,
    "price_least_yuan": 1_000_000_000,
    "price_most_yuan": 1_000_000_000,
}
"""Hours of a day; no company takes more than a tenth off a price, whatever somebody enters; and ten times the largest
price is what the database lets a deal cost."""


@dataclass(frozen=True, slots=True)
class _AsSet(Profile):
    """What a development's settings amount to: they tell walk-ins and leads apart, as no published profile does."""

    lead_days: int = 30

    def known_until(self, at: datetime, kind: Kind) -> datetime:
        return at + timedelta(days=self.developer_days if kind is Kind.WALK_IN else self.lead_days)


@dataclass(frozen=True, slots=True)
class Policy:
    """How one development is run. All are whole numbers; days are spans of 24 hours."""

    showing_days: int = 7
    """protection from registration to the first verified showing (rules 2.3)"""
    deal_days: int = 30
    """protection from the latest verified showing to subscription (rules 2.3)"""
    walk_in_days: int = 30
    """protection of a walk-in sign-in (rules 2.3)"""
    lead_days: int = 30
    """protection of a referral lead (rules 2.3)"""
    lead_minutes: int = 30
    """a registration must precede check-in by this (rules 2.9)"""
    daily_limit: int = 50
    """registrations that one broker may try in the development in a Shanghai day (rules 2.4)"""
    lead_daily_limit: int = 50
    """friends who may leave a number on one person's page in a Shanghai day (rules 7.2)"""
    programme_lead_daily_limit: int = 500
    """the same on a company's or a stand's page: a day in front of a shopping centre has many (rules 7.2)"""
    unproven_leads: int = 10
    """numbers a Shanghai day on one person's page that count as they come; those above are shown to be the friend's by
    a code (rules 7.2); 0: all are"""
    programme_unproven_leads: int = 100
    """the same on a company's or a stand's page"""
    development_unproven_leads: int = 200
    """the same on all pages of the development together"""
    network_unproven_leads: int = 10
    """the same from one network, whatever pages of the development"""
    self_joining: int = 0
    """1: citizen brokers join by themselves on the development's public page (rules 7.1)"""
    joining_daily_limit: int = 50
    """people who may join there in a Shanghai day"""
    visitor_gifts: int = 5
    """gifts a visitor may take at a stand in a Shanghai day: phones alike at one address are one (rules 7.3)"""
    geofence_m: int = 500
    """a check-in further away than this, in metres, is doubtful (rules 3.3)"""
    opens_hour: int = 0
    """the site opens for visits at this hour of Shanghai's day (rules 3.3)"""
    closes_hour: int = 24
    """and closes at this one; where it is the smaller of the two, the site is open past midnight"""
    nonce_seconds: int = 60
    """a live capture must answer the server's nonce within this (rules 3.1)"""
    review_days: int = 2
    """a showing that waits longer than this for a person to look at it is overdue; its pictures stay until then"""
    photo_days: int = 90
    """a check-in's photos are deleted after this (rules 3.5)"""
    template_days: int = 30
    """face templates are deleted this long after the registration or deal has ended (rules 3.5)"""
    evidence_days: int = 30
    """evidence under review or appeal is kept this long after its decision (rules 3.5)"""
    care_days: int = 730
    """what carers wrote of a client who has not bought goes so long after the last sign of life (docs/care.md)"""
    buyer_days: int = 1_825
    """what was written of who bought goes so long after the handover and the last sign of life (docs/care.md)"""
    deal_splits: int = 1
    """1: the commission of a signed deal may be split between agencies by the decision of a conflict, where no rule
    profile was published that says it"""
    employee_discount_bps: int = 300
    """the most that a company's programme takes off a price, in basis points (rules 7.3)"""
    employee_homes: int = 1
    """homes that one employee may subscribe with the discount of a company's programme (rules 7.3)"""
    fee_month_yuan: int = 5_000
    """a month of property fee comes to at most this; a bill above it is a typing error (rules 7.4)"""
    relief_month_yuan: int = 400
    """what a month of waived property fee is counted as in what referrals cost; 0: not at all (rules 7.5)"""
    parking_month_yuan: int = 300
    """and a month of free parking"""
    parking_days: int = 365
    """a free parking space begins at most this long after it was redeemed (rules 7.4)"""
    complaint_minutes: int = 120
    """a complaint is answered first within so many minutes of the hours below (docs/aftercare.md)"""
    complaint_from_hour: int = 8
    """from this hour of Shanghai's day the clock of a complaint runs; from 0 to 24 it always does"""
    complaint_until_hour: int = 21
    """and until this one, past midnight where it is the smaller of the two"""
    survey_days: int = 14
    """so long an owner may answer a survey"""
    survey_after_days: int = 30
    """an owner is asked so many days after the handover, and after each visit; 0: never (docs/aftercare.md)"""
    survey_bad_mark: int = 2
    """an answer of so many points or fewer, of five, opens a complaint"""
    price_least_yuan: int = 100_000
    """a home usually costs no less: below it a price is asked about, below a tenth of it refused (rules 5)"""
    price_most_yuan: int = 50_000_000
    """and no more: above it a price is asked about, above ten times of it refused (rules 5)"""

    @classmethod
    def of(cls, settings: Mapping[str, object]) -> "Policy":
        """The policy with these settings in place of the defaults.

        Raises Refusal: policy_unknown_setting, policy_wrong_value, policy_prices_crossed.
        """
        known = {field.name for field in fields(cls)}
        checked: dict[str, int] = {}
        for name, value in settings.items():
            if name not in known:
                raise Refusal("policy_unknown_setting", setting=name)
            least, most = LEAST.get(name, 1), LARGEST.get(name, MOST)
            if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
                raise Refusal("policy_wrong_value", field=name, least=least, most=most)
            checked[name] = value
        policy = cls(**checked)
        if policy.price_least_yuan > policy.price_most_yuan:
            raise Refusal("policy_prices_crossed", field="price_most_yuan")
        return policy

    @property
    def profile(self) -> Profile:
        """The rule profile that these settings amount to, where the development has published none.

        Visits may be booked then wherever hours are set for them.
        """
        return _AsSet(
            showing_days=self.showing_days,
            deal_days=self.deal_days,
            developer_days=self.walk_in_days,
            after_subscription_days=None,
            slots=Slots.BOOKABLE,
            split_parts=2 if self.deal_splits else 0,
            lead_days=self.lead_days,
        )

    def month_fen(self, kind: str) -> int:
        """What a month of a reward that is given for a time is counted as, in fen; 0 where it is not counted."""
        return {"fee_relief": self.relief_month_yuan, "parking": self.parking_month_yuan}.get(kind, 0) * 100

    def open_at(self, hour: int) -> bool:
        """Whether visits are received in this hour of Shanghai's day, 0 to 23."""
        if self.opens_hour < self.closes_hour:
            return self.opens_hour <= hour < self.closes_hour
        return hour >= self.opens_hour or hour < self.closes_hour
