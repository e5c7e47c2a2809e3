"""What waits for a second person at accounts of the demo, and for the privacy officer."""

from datetime import datetime, timedelta

import pyotp
from sqlalchemy import exists, select

from ...access.actor import Actor
from ...models import Client, Deal, ErasureOrigin, ErasureShown, Role, Touch
from ...services.account_safety import factor_resets
from ...services.accounts import account_proposals
from ...services.erasure import requests as erasure_requests
from ...services.second_factors import factors
from .names import NEW_CASHIER
from .timeline import World

_LOST_BY = 3
"""Which broker lost his phone: of the first agency, and nobody whose sign-in is printed."""


def propose_cashier(world: World, at: datetime) -> None:
    """A second cashier's account waits for the other administrator."""
    name, phone = NEW_CASHIER
    note = "财务部新同事，下周一起与付出纳轮班。"
    administrator = world.actor(Role.ADMINISTRATOR)
    account_proposals.propose_opening(
        world.session, administrator, at, role=Role.CASHIER, name=name, phone=phone, note=note
    )


def lose_a_factor(world: World, at: datetime) -> None:
    """A broker's phone fell into the lake, the codes with it; the other administrator or his principal decides."""
    session, broker = world.session, world.brokers[_LOST_BY]
    secret, before = factors.new_secret(), at - timedelta(days=30)
    shown = pyotp.TOTP(secret).at(before)
    factors.add_generator(session, Actor.of(broker), before, broker, secret=secret, digits=shown, name="手机")
    factor_resets.ask(session, Actor.of(broker), at - timedelta(hours=1), broker)
    note = "手机掉进西湖，恢复码只存在手机里。已在售楼处当面核对身份证。"
    factor_resets.propose(session, world.actor(Role.ADMINISTRATOR), at, broker, note)


def ask_for_erasure(world: World, at: datetime) -> None:
    """A client whose protections are over asked on the public page to have the own data erased; nobody has answered."""
    runs = exists().where(Touch.client_id == Client.id, Touch.protected_until.is_(None) | (Touch.protected_until > at))
    bought = exists().where(Deal.client_id == Client.id)
    over = select(Client).where(exists().where(Touch.client_id == Client.id), ~runs, ~bought)
    client = world.session.scalars(over.order_by(Client.id.desc()).limit(1)).one()
    visitor = Actor(None, None, address="203.0.113.7")
    erasure_requests.ask(world.session, visitor, at, client, ErasureOrigin.PAGE, shown_by=ErasureShown.CODE)
