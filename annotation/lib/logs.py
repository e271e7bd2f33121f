"""What every line of the log says of the request it belongs to."""

import logging
from contextvars import ContextVar

current_request_id: ContextVar[str] = ContextVar("current_request_id", default="")


class OfRequest(logging.Filter):
    """Gives every record the id of its request: what a refusal, the audit trail and nginx's log name."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id.get() or "-"
        return True
