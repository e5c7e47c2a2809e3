"""The threads that send messages in apps: one for each app, so that one which is away holds up no other."""

from collections.abc import Callable, Mapping

from ...adapters.apps import AppCarrier
from ...adapters.wechat import load_wechat_notices
from ...adapters.wecom import load_wecom_app
from ...clock import Clock
from ...config import Config
from ...db import Database
from ...models import App
from ..messages import worker
from ..messages.background_sender import BackgroundSender
from ..messages.outbox import Going, Round
from .outbox import AppMessages, WeChatMessages, WeComMessages

OUTBOXES: Mapping[App, type[AppMessages]] = {App.WECOM: WeComMessages, App.WECHAT: WeChatMessages}


def load_apps(config: Config, clock: Clock) -> dict[App, AppCarrier | None]:
    """Who carries messages in each app by these settings; None where none go out. Raises ConfigError."""
    return {App.WECOM: load_wecom_app(config, clock), App.WECHAT: load_wechat_notices(config, clock)}


def senders_of(
    database: Database, clock: Clock, carrier_of: Callable[[App], AppCarrier | None]
) -> dict[str, BackgroundSender]:
    """The senders of a process, by the app's word. One without a carrier sends nothing."""
    return {
        of.app.value: BackgroundSender(of.app.value, _round(of, database, clock, carrier_of))
        for of in OUTBOXES.values()
    }


def _round(
    of: type[AppMessages], database: Database, clock: Clock, carrier_of: Callable[[App], AppCarrier | None]
) -> Callable[..., Round]:
    def send(going: Going = lambda: True) -> Round:
        carrier = carrier_of(of.app)
        if carrier is None:
            return Round(0)
        return worker.run_due(database, of(carrier, database, clock), clock, going)

    return send
