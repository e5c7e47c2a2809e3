"""The people of journey one: everybody who has a hand in a client's way to a paid commission."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from portal.models import Person, Role
from tests import factories as make
from tests.browser.people import CHINESE, ENGLISH, Someone
from tests.browser.stage import Windows

AGENCY = "安居房产"
TAGS = {CHINESE: "zh-CN", ENGLISH: "en-GB"}
TABLET = {"viewport": {"width": 820, "height": 1180}, "has_touch": True}

NAMES = {
    Role.CHANNEL_MANAGER: "周岚",
    Role.RECEPTION: "何敏",
    Role.FINANCE: "许文",
    Role.APPROVER: "高远",
    Role.CASHIER: "唐宁",
    Role.PRINCIPAL: "林建国",
    Role.BROKER: "赵磊",
}
PHONES = {role: f"1380000100{place}" for place, role in enumerate(NAMES)}


@dataclass(frozen=True, slots=True)
class Office:
    """Opens windows for those who work here, signed in, and reading `locale`. `story` begins their pictures' names."""

    windows: Windows
    story: str
    locale: str = CHINESE

    def at_phone(self, role: Role, **options: Any) -> Someone:
        return self.someone(role, self.windows.phone(TAGS[self.locale], **options))

    def at_desk(self, role: Role, **options: Any) -> Someone:
        return self.someone(role, self.windows.desktop(TAGS[self.locale], **options))

    def someone(self, role: Role, page: Any) -> Someone:
        return Someone(page, f"{self.story}-{role.replace('_', '-')}", self.locale).signs_in(PHONES[role])


def staff_office(session: Session) -> dict[Role, Person]:
    """An agency with its bank details, the standard plan, and everybody's account."""
    make.plan_version(session)
    agency = make.agency(session, name=AGENCY)
    make.bank_details(session, agency)
    at = {Role.PRINCIPAL: {"agency": agency}, Role.BROKER: {"agency": agency}}
    return {
        role: make.person(session, role, phone=PHONES[role], name=name, **at.get(role, {}))
        for role, name in NAMES.items()
    }
