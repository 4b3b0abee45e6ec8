"""Logging: one event a line, with the request id, and never a credential.

Source of the token shapes: `apps/credentials/format.py`.
"""

import logging.config
import re
from typing import Any

import structlog
from django.core.exceptions import ImproperlyConfigured
from django.db.utils import InterfaceError, OperationalError
from structlog.typing import EventDict, WrappedLogger

# Every token of this product, whole; and any key in a query, which one vendor's contract demands.
_CREDENTIAL = re.compile(
    r"(?:nct_|nci_|ss_live_)[0-9A-Za-z]{8,}|(?<=[?&])(?:apiKey|token|key)=[^&\s\"']+", re.IGNORECASE
)

_PLAIN = (bool, int, float, type(None))


def redact(text: str) -> str:
    """`text` with every token of this product and every query key replaced."""
    return _CREDENTIAL.sub("[redacted]", text)


def _redact_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Redact every value, also of objects such as a request, whose text holds its path and query."""
    return {
        name: value if isinstance(value, _PLAIN) or name.startswith("_") else redact(str(value))
        for name, value in event.items()
    }


class BriefOutages(logging.Filter):
    """Says that the database was away on one line a request: an outage has many, and their tracebacks are all alike."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the record; without a traceback, and with the reason, where the database is the cause."""
        cause = record.exc_info[1] if record.exc_info else None
        if isinstance(cause, OperationalError | InterfaceError):
            record.msg, record.args = f"{record.getMessage()}: {str(cause).strip()}", ()
            record.exc_info = record.exc_text = None
        return True


def logging_settings(form: str, level: str) -> dict[str, Any]:
    """The logging configuration.

    Args:
        form: `json` for machines, anything else for a terminal.
        level: the least severe level that is written, such as `INFO`.

    Raises:
        ImproperlyConfigured: for a level that does not exist.
    """
    if level not in logging.getLevelNamesMapping():
        raise ImproperlyConfigured(f"LOG_LEVEL is DEBUG, INFO, WARNING, ERROR or CRITICAL, not {level[:40]!r}.")
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact_event,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "event": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
                "foreign_pre_chain": [structlog.stdlib.ExtraAdder(), *shared],
            }
        },
        "filters": {"brief_outages": {"()": BriefOutages}},
        "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "event"}},
        "root": {"handlers": ["out"], "level": level},
        # What cannot be read is logged as `bad_request`, on a line; the library adds a traceback, for anybody.
        "loggers": {
            "django.request": {"level": "ERROR", "filters": ["brief_outages"]},
            "django.security": {"level": "CRITICAL"},
        },
    }


def configure(settings: dict[str, Any]) -> None:
    """Set up the standard library's logging and structlog on top of it."""
    logging.config.dictConfig(settings)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _redact_event,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
