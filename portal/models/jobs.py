"""What the worker did last."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Code


class JobRun(Base):
    """A sweep and its latest run: the health page shows whether the worker lives."""

    __tablename__ = "job_runs"

    name: Mapped[str] = mapped_column(Code, primary_key=True)
    ran_at: Mapped[datetime]
    found: Mapped[dict[str, Any]]
