"""What is told of rewards: to who earned them, and to whom they wait for."""

from datetime import datetime

from ...access.actor import Actor
from ...models import Reward
from ...session import Session
from ..events.telling import Concerned, tell


def tell_of(session: Session, actor: Actor, now: datetime, kind: str, reward: Reward) -> None:
    """Tell of what became of a reward; of the friend nothing is said."""
    whom = Concerned(reward.referrer.person_id, development=reward.referrer.development_id)
    tell(session, actor, now, kind, reward, whom, title=reward.title)
