"""A clock that stands still until a test moves it."""

from datetime import datetime, timedelta


class MovableClock:
    """What `create_app` takes for its clock."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def __call__(self) -> datetime:
        return self.instant

    def move(self, **by: float) -> datetime:
        """Move on, such as `move(days=7)`; the new instant."""
        self.instant += timedelta(**by)
        return self.instant
