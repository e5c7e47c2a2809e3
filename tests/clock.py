"""A clock that stands still until a test moves it; and the real one, for the few who cannot do without."""

from datetime import UTC, datetime, timedelta


def real_now() -> datetime:
    """The present, where somebody outside compares with it: a TLS library, a provider. It must hold on any day."""
    return datetime.now(UTC)


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
