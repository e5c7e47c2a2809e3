"""Logs as JSON lines. Nothing personal goes in: no names, no phones, no query strings, no bodies."""

import logging
from logging.config import dictConfig


def init_logs(level: str) -> None:
    """Write every log line as one JSON object to standard error."""
    dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {
                    "()": "pythonjsonlogger.json.JsonFormatter",
                    "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
                    "rename_fields": {"asctime": "at", "levelname": "level", "name": "logger"},
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"handlers": ["stderr"], "level": level},
        }
    )
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # its lines hold whole addresses
    for talkative in ("fontTools", "fpdf"):
        logging.getLogger(talkative).setLevel(logging.WARNING)  # they tell every step of a document's type
