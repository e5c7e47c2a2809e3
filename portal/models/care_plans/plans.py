"""Care plans (跟进计划) as they were proposed, for one development or for all, and from which day on they hold."""

from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base
from ..proposals import Version, versions


class CarePlan(Version, Base):
    """A plan as it was proposed, and what another person decided. It begins with a day."""

    __tablename__ = "care_plans"
    __table_args__ = versions(__tablename__)

    id: Mapped[int] = mapped_column(primary_key=True)
