"""A broker as pages show him: his account's state in one word, and what came of his work."""

from ...models import Person
from ...services.accounts import people
from ...services.accounts.brokers import BrokerFigures
from ...services.home import broker_record
from ...services.penalties.strikes import lapses_at, state_of
from ..edge import actor, db, now


def standing(one: Person, figures: BrokerFigures) -> str:
    """The account's state in one word: a freeze counts before the rest, but not on a closed account."""
    state = people.state_of(one)
    closed = state is people.AccountState.DEACTIVATED
    return "frozen" if figures.frozen_until and not closed else state.value


def record_view(one: Person) -> dict[str, object]:
    """What `agency/_record.html` shows of a broker."""
    return {
        "record": broker_record.record_of(db(), actor(), now(), one),
        "strike_state": lambda strike: state_of(strike, now()),
        "lapses_at": lapses_at,
    }
