"""Logs as JSON lines. Nothing personal goes in: no names, no phones, no addresses, no query strings, no bodies."""

import logging
import re
from logging.config import dictConfig

from pythonjsonlogger.json import JsonFormatter

_ADDRESS = re.compile(r"(?<![\w.])(?:\w+:/)?/[^\s'\"]+|\bip=\S+|\b\d{1,3}(?:\.\d{1,3}){3}\b")


class WithoutAddresses(JsonFormatter):
    """A log line as one JSON object. What a library says goes in without pages' and people's addresses: the address of
    a page may be a link that opens something."""

    def __init__(self) -> None:
        names = {"asctime": "at", "levelname": "level", "name": "logger"}
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", rename_fields=names)

    def format(self, record: logging.LogRecord) -> str:
        if not record.name.startswith("portal"):
            said = {"msg": _ADDRESS.sub("…", record.getMessage()), "args": ()}
            record = logging.makeLogRecord(record.__dict__ | said)
        return super().format(record)


def init_logs(level: str) -> None:
    """Write every log line as one JSON object to standard error."""
    dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {"()": WithoutAddresses},
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"handlers": ["stderr"], "level": level},
        }
    )
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # its lines hold whole addresses
    logging.getLogger("httpx").setLevel(logging.WARNING)  # so do its: a robot's key stands in one
    for talkative in ("fontTools", "fpdf"):
        logging.getLogger(talkative).setLevel(logging.WARNING)  # they tell every step of a document's type
