"""What works in the background of a process: everything that is told, the robots of groups too."""

from collections.abc import Callable
from dataclasses import replace

from ...adapters.mail import Post
from ...adapters.sms.sender import Sms
from ...adapters.wecom.robot import Robots
from ...clock import Clock
from ...config import Config
from ...db import Database
from ..messages import worker
from ..messages.background_sender import BackgroundSender
from ..messages.outbox import Going, Round
from ..notifications import background
from .outbox import RobotMessages
from .telling import tell_groups

ROBOTS = "robots"


def all_senders(
    database: Database,
    clock: Clock,
    config: Config,
    sms: Callable[[], Sms | None],
    post: Callable[[], Post | None],
    robots: Callable[[], Robots | None],
) -> dict[str, BackgroundSender]:
    """The senders of a process, by what they send."""

    def send(going: Going = lambda: True) -> Round:
        carrier = robots()
        if carrier is None:
            return Round(0)
        return worker.run_due(database, RobotMessages(carrier, config.base_url), clock, going)

    out = background.out_of(config)
    if config.wecom_by != "none":
        out = replace(out, groups=tell_groups)
    return background.all_senders(database, clock, sms, post, out, {ROBOTS: BackgroundSender(ROBOTS, send)})
