"""The risk desk in the demo: limits that were published, and others that wait; in the last days clients who had walked
in were registered, and two agencies have one phone."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from ...access.actor import Actor
from ...clock import day_start
from ...models import RiskFlag, RiskLimits, Role
from ...rules.risk.figures import Figure
from ...rules.risk.limits import Limits, given
from ...services.registrations import registrations, walk_ins
from ...services.risk import finding, flags
from ...services.risk import limits as risk_limits
from .timeline import World

_CLIENTS = (("13911008811", "董佳怡"), ("13911008822", "罗思远"))
"""Numbers that are in no other place of the world."""

_PUBLISHED: Limits = {**given(), Figure.DOUBTED: replace(given()[Figure.DOUBTED], share=6_000)}
_WAITING: Limits = {
    **_PUBLISHED,
    Figure.DOUBTED: replace(given()[Figure.DOUBTED], least=3, share=3_000),
    Figure.WALKED_IN: replace(given()[Figure.WALKED_IN], least=3),
    Figure.VELOCITY: replace(given()[Figure.VELOCITY], least=5, times=2),
}


class Risks:
    """Plans the flags into the world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def plan(self) -> None:
        """A broker tries twice to register who has just walked in; then he is asked, and has answered this morning.

        An approver published limits a while ago; the manager's next ones wait for the approver.
        """
        world = self.world
        world.at(world.ends - timedelta(days=70), self._publish_limits, surely=True)
        world.at(
            world.ends - timedelta(days=2),
            partial(self._propose, limits=_WAITING, note="突击报备要早些看到；自然到访转报备，三起才看。"),
            surely=True,
        )
        for days, (phone, name) in zip((6, 4), _CLIENTS, strict=True):
            noon = day_start(world.year.days_ago(days)) + timedelta(hours=12)
            world.at(noon, partial(self._walks_in, phone=phone, name=name), surely=True)
        world.at(world.ends - timedelta(hours=20), self._look, surely=True)
        world.at(world.ends - timedelta(hours=19), self._ask, surely=True)
        world.at(world.ends - timedelta(hours=4), self._answer, surely=True)

    def _propose(self, at: datetime, limits: Limits, note: str) -> RiskLimits:
        return risk_limits.propose(self.world.session, self.world.actor(Role.CHANNEL_MANAGER), at, limits, note)

    def _publish_limits(self, at: datetime) -> None:
        row = self._propose(at, _PUBLISHED, "雨季现场光线差，待复核的带看多，界限放宽。")
        self.world.session.flush()
        approver = self.world.actor(Role.APPROVER)
        risk_limits.confirm(self.world.session, approver, at + timedelta(hours=3), row)

    def _walks_in(self, at: datetime, phone: str, name: str) -> None:
        who: dict[str, Any] = {"development_id": self.world.developments[0].id, "phone": phone, "name": name}
        walk_ins.sign_in_walk_in(self.world.session, self.world.actor(Role.RECEPTION), at, **who)
        broker = Actor.of(self.world.brokers[4])
        self.world.at(
            at + timedelta(hours=1),
            lambda when: registrations.register_client(self.world.session, broker, when, **who),
            surely=True,
        )

    def _look(self, at: datetime) -> None:
        finding.sweep_due(self.world.session, at)

    def _ask(self, at: datetime) -> None:
        words = "两位客户当天自行到访，一小时后由您报备。请说明您是如何得到客户电话的。"
        for flag in self._walked_in():
            flags.ask(self.world.session, self.world.actor(Role.CHANNEL_MANAGER), at, flag, words)

    def _answer(self, at: datetime) -> None:
        words = "两位都是我朋友圈里的客户，到访前一晚加的微信，忘了先报备。聊天记录可以提供。"
        for flag in self._walked_in():
            flags.answer(self.world.session, Actor.of(self.world.brokers[4]), at, flag, words)

    def _walked_in(self) -> list[RiskFlag]:
        stmt = select(RiskFlag).where(
            RiskFlag.figure == Figure.WALKED_IN, RiskFlag.person_id == self.world.brokers[4].id
        )
        return list(self.world.session.scalars(stmt))
