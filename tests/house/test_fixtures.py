"""The fixtures keep what they promise: no test sees what another one did."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

COUNT = text("SELECT count(*) FROM sign_in_attempts")
ADD = text(
    "INSERT INTO sign_in_attempts (phone_index, network, at, succeeded)"
    " VALUES ('x', '192.0.2.1', '2026-03-10 02:00:00', true)"
)


@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_session_starts_empty_though_the_one_before_committed(session: Session, turn: str) -> None:
    assert session.execute(COUNT).scalar_one() == 0
    session.execute(ADD)
    session.commit()
    assert session.execute(COUNT).scalar_one() == 1


def test_a_savepoint_undoes_its_own_part_alone(session: Session) -> None:
    session.execute(ADD)
    with pytest.raises(ZeroDivisionError), session.begin_nested():
        session.execute(ADD)
        1 / 0  # noqa: B018 - any exception will do
    assert session.execute(COUNT).scalar_one() == 1
