"""The worker: huey, saying "look" once a minute.

A task carries no facts: what is due lies in the tables, every sweep is safe to repeat, and the next one finds
what a killed one missed. So losing huey's own queue loses nothing.
"""

import logging
from datetime import datetime, timedelta
from threading import Lock

from huey import SqliteHuey, crontab
from huey.consumer import Consumer

from ..adapters.mail import load_mail
from ..adapters.sms import load_sms
from ..adapters.storage.bucket import open_files
from ..adapters.storage.files import Files
from ..adapters.wechat import load_wechat
from ..adapters.wecom import load_robots
from ..config import Config
from ..db import Database
from ..logs import init_logs
from ..rules.timekeeping import said
from ..services import timekeeping
from ..services.app_messages.background import load_apps
from ..services.commission import worker as what_if_worker
from ..services.events.operation import WORKER
from ..services.exports import worker as export_worker
from ..services.exports.worker import Make
from ..services.home import health
from ..services.imports import worker as import_worker
from ..services.judgements import worker as judgement_worker
from ..services.messages import reports as text_reports
from ..services.periods import closing
from ..services.periods import worker as close_worker
from ..services.posters import worker as poster_worker
from ..services.posters.posters import PosterSettings
from ..services.referral import worker as ticket_worker
from ..services.robots.background import Carriers, all_senders
from ..services.storage import worker as storage_worker
from ..services.sweeps import Kept, sweep
from ..services.verification import worker as verification_worker
from ..services.webhooks.background import load_courier

log = logging.getLogger(__name__)

_ROUND = timedelta(seconds=50)
"""How long the worker stays with imports, and with closes, before it looks anew: less than the minute between two
looks."""


_PORTION = timedelta(seconds=10)
"""How long it reads stored files before others have their turn: two tasks run at a time."""


def consumer(config: Config, make_export: Make) -> Consumer:
    """The worker's process, ready to run. `make_export`: how a list becomes a file, which its page knows."""
    init_logs(config.log_level)
    logging.getLogger("huey").setLevel(logging.WARNING)
    queue = SqliteHuey("portal", filename=str(config.data_dir / "jobs.db"))
    database = Database(config.url, config.vault(), config.signer(), config.money_limits())
    files = open_files(config, database.vault)
    kept = _kept(config)
    _show_life(queue, database)

    @queue.periodic_task(crontab(minute="*"))
    def look() -> None:
        if (now := _believed_instant(database)) is not None:
            _sweep(database, now, files, kept)

    @queue.periodic_task(crontab(minute="*"))
    def go_on_with_closes() -> None:
        _close(database)

    @queue.periodic_task(crontab(minute="*"))
    def work_on_imports() -> None:
        import_worker.run_due(database, database.now, most=_ROUND)

    @queue.periodic_task(crontab(minute="*"))
    def answer_what_ifs() -> None:
        what_if_worker.run_due(database, database.now())
        judgement_worker.run_due(database, database.now())

    @queue.periodic_task(crontab(minute="*"))
    def draw_posters() -> None:
        poster_worker.run_due(database, files, PosterSettings.of(config), database.now, most=_ROUND)

    @queue.periodic_task(crontab(minute="*"))
    def verify_ledger() -> None:
        _verify(database, files)

    @queue.periodic_task(crontab(minute="*"))
    def verify_storage() -> None:
        storage_worker.check_database(database, database.now)
        storage_worker.run_due(database, files, database.now, most=_PORTION)

    queue.periodic_task(crontab(minute="*"), name="make_exports")(lambda: _export(database, files, make_export))
    _send_what_is_due(queue, database, config)
    _keep_ticket(queue, database, config)
    closing.keep_quick()
    return queue.create_consumer(workers=2, periodic=True)  # what takes long leaves the other one free


def _kept(config: Config) -> Kept:
    """What a sweep goes by, as it is set."""
    names = {"sign_ins": config.sign_in_days, "imports": config.import_days}
    names |= {"audit_addresses": config.audit_address_days}
    days = {name: timedelta(days=many) for name, many in names.items()}
    by_text = config.texts(config.sms_survey_template)
    return Kept(**days, backup_hours=config.health_backup_hours, texts_surveys=by_text)


def _show_life(queue: SqliteHuey, database: Database) -> None:
    """Note each minute, and when the worker begins, that tasks are done: a probe reads it. A sweep that fails is
    another matter, and has a sign of its own."""

    def beat() -> None:
        with database.transaction() as session:
            health.note(session, WORKER, database.now())

    first = Lock()

    @queue.on_startup()
    def begin() -> None:
        if first.acquire(blocking=False):  # each of the worker's threads begins
            beat()

    @queue.periodic_task(crontab(minute="*"))
    def live() -> None:
        beat()


def _believed_instant(database: Database) -> datetime | None:
    """The instant by which what ends by time alone is ended; None while the clock is in doubt.

    It is the one that was judged: a clock asked once more may leap in between.
    """
    with database.transaction() as session:
        now = database.now()
        found = timekeeping.look(session, now, database.own_clock())
    if found.doubt is not None:
        log.error("the clock is in doubt", extra={"doubt": found.doubt.value, "said": said(found)})
    return now if found.doubt is None else None


def _sweep(database: Database, now: datetime, files: Files, kept: Kept) -> None:
    swept = sweep(database.transaction, now, files, kept)
    if any(swept.found.values()):
        log.info("sweep", extra=dict(swept.found))


def _close(database: Database) -> None:
    """Go on with closes, unless the clock is in doubt: a seal stands at an instant. What is odd, the sweep says."""
    with database.reading() as session:
        doubt = timekeeping.judged(session, database.now(), database.own_clock()).doubt
    if doubt is None:
        close_worker.run_due(database, database.now, most=_ROUND)


def _send_what_is_due(queue: SqliteHuey, database: Database, config: Config) -> None:
    """Events and what comes of them go on by threads of their own: no task waits for a carrier."""
    clock = database.now
    sms, post, robots = load_sms(config, clock), load_mail(config, clock), load_robots(config, clock)
    apps, courier = load_apps(config, clock), load_courier(config)
    carriers = Carriers(lambda: sms, lambda: post, lambda: robots, apps.__getitem__, lambda: courier)
    senders = all_senders(database, clock, config, carriers)

    @queue.periodic_task(crontab(minute="*"))
    def send_messages() -> None:
        for sender in senders.values():
            sender.wake()

    if sms is not None:

        @queue.periodic_task(crontab(minute="*/5"))
        def ask_for_reports() -> None:
            text_reports.run_due(database, sms, clock)


def _keep_ticket(queue: SqliteHuey, database: Database, config: Config) -> None:
    """Keep the ticket fresh by which shared links show a card in WeChat."""
    account = load_wechat(config)
    if account is None:
        return

    @queue.periodic_task(crontab(minute="*"))
    def fetch_ticket() -> None:
        ticket_worker.run_due(database, account, database.now)

    @queue.on_startup()
    def fetch_the_first() -> None:
        fetch_ticket()  # as a task: nobody starts later because WeChat is away


_EXPORTING = Lock()


def _export(database: Database, files: Files, make: Make) -> None:
    """Make the exports that are due, unless the clock is in doubt or the look of an earlier minute still makes some:
    the other task of the worker's stays free."""
    with database.reading() as session:
        doubt = timekeeping.judged(session, database.now(), database.own_clock()).doubt
    if doubt is not None or not _EXPORTING.acquire(blocking=False):
        return
    try:
        export_worker.run_due(database, files, make, database.now)
    finally:
        _EXPORTING.release()


_VERIFYING = Lock()


def _verify(database: Database, files: Files) -> None:
    """Verify the ledger if it is time, unless the look of an earlier minute still reads."""
    if not _VERIFYING.acquire(blocking=False):
        return
    try:
        found = verification_worker.run_due(database, database.now, files)
    finally:
        _VERIFYING.release()
    if found is not None and found.fault is not None:
        log.error("the ledger does not hold", extra=found.fault._asdict())
