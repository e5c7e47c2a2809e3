"""What works in the background of a process: everything that is told, robots of groups and apps too."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ...adapters.apps import AppCarrier
from ...adapters.mail import Post
from ...adapters.sms.sender import Sms
from ...adapters.webhooks.courier import Courier
from ...adapters.wecom.robot import Robots
from ...clock import Clock
from ...config import Config
from ...db import Database
from ...models import App
from ..app_messages import background as apps
from ..messages import worker
from ..messages.background_sender import BackgroundSender
from ..messages.outbox import Going, Round
from ..notifications import background
from ..webhooks import background as webhooks
from .outbox import RobotMessages
from .telling import tell_groups

ROBOTS = "robots"


@dataclass(frozen=True, slots=True)
class Carriers:
    """Who carries what a process sends; None where nothing goes out so. Asked at each round, for tests change them."""

    sms: Callable[[], Sms | None]
    post: Callable[[], Post | None]
    robots: Callable[[], Robots | None]
    app: Callable[[App], AppCarrier | None]
    courier: Callable[[], Courier]


def all_senders(database: Database, clock: Clock, config: Config, carriers: Carriers) -> dict[str, BackgroundSender]:
    """The senders of a process, by what they send."""

    def send(going: Going = lambda: True) -> Round:
        carrier = carriers.robots()
        if carrier is None:
            return Round(0)
        return worker.run_due(database, RobotMessages(carrier, config.base_url), clock, going)

    out = replace(background.out_of(config), systems=webhooks.Queue(webhooks.api_base(config)))
    if config.wecom_by != "none":
        out = replace(out, groups=tell_groups)
    others = {
        ROBOTS: BackgroundSender(ROBOTS, send),
        **apps.senders_of(database, clock, carriers.app),
        webhooks.WEBHOOKS: webhooks.sender_of(database, clock, carriers.courier),
    }
    return background.all_senders(database, clock, carriers.sms, carriers.post, out, others)
