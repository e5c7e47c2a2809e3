"""A broker as pages show him: his account's state in one word, and what came of his work."""

from dataclasses import dataclass

from ...models import Person, Strike
from ...services.accounts import people
from ...services.accounts.brokers import BrokerFigures
from ...services.home import broker_record
from ...services.home.broker_record import BrokerRecord
from ...services.penalties.strikes import StrikeState, state_of
from ..edge import actor, db, now


def standing(one: Person, figures: BrokerFigures) -> str:
    """The account's state in one word: a freeze counts before the rest, but not on a closed account."""
    state = people.state_of(one)
    closed = state is people.AccountState.DEACTIVATED
    return "frozen" if figures.frozen_until and not closed else state.value


@dataclass(frozen=True, slots=True)
class RecordView:
    """What `agency/_record.html` shows of a broker: what came of his work, and how his strikes stand."""

    came: BrokerRecord

    @staticmethod
    def strike_state(strike: Strike) -> StrikeState:
        """How a strike stands by now."""
        return state_of(strike, now())


def record_view(one: Person) -> RecordView:
    """A broker's record, as the actor may see it."""
    return RecordView(broker_record.record_of(db(), actor(), now(), one))
