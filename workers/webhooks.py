"""Sending messages to receivers: at least once, in order where possible, nowhere but where allowed.

A name is looked up once, every address it has is checked, and the connection goes to a checked
address: a name that answers differently a moment later changes nothing. No redirect is followed, no
proxy asked, nothing of the answer is read but its status.
"""

from __future__ import annotations

import http.client
import logging
import socket
import ssl
import threading
import time
from contextlib import suppress
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from annotation.delivery import services
from annotation.delivery.models import WebhookEndpoint, WebhookMessage
from annotation.delivery.webhooks import body_of, fault_of_url, is_public, signature

logger = logging.getLogger(__name__)
TIMEOUT_S = 10.0
AT_ONCE = 200


class NotAllowed(Exception):
    """Nothing may be sent there."""


def deliver(endpoint_id: UUID) -> int:
    """Send what waits for one endpoint, oldest first, until something fails; how many arrived."""
    endpoint = services.claim_endpoint(endpoint_id)
    if endpoint is None:
        return 0
    arrived = 0
    try:
        for _ in range(AT_ONCE):
            message = services.next_message(endpoint)
            if message is None or not services.renew_endpoint(endpoint):
                break
            status, error, duration = attempt(endpoint, message)
            settled = services.settle(message, status=status, error=error, duration_ms=duration)
            if settled.state != WebhookMessage.State.DELIVERED:
                break
            arrived += 1
    finally:
        services.free_endpoint(endpoint)
    return arrived


def attempt(endpoint: WebhookEndpoint, message: WebhookMessage) -> tuple[int | None, str, int]:
    """One try: the receiver's status or None, what went wrong in words, milliseconds."""
    body = body_of(
        message=message.pk,
        event=message.event,
        project=endpoint.project_id,
        created_at=message.created_at.isoformat(),
        data=message.data,
    )
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Tiebreak-Webhooks/1",
        "Tiebreak-Message": f"msg_{message.pk}",
        "Tiebreak-Signature": signature(services.secrets_of(endpoint), int(time.time()), body),
    }
    begun = time.monotonic()
    status, error = None, ""
    try:
        status = post(endpoint.url, body, headers)
        if not 200 <= status < 300:
            error = f"the receiver answered {status}"
    except NotAllowed as refused:
        error = str(refused)
    except (OSError, http.client.HTTPException) as failure:
        error = f"{type(failure).__name__}: {failure}"
    return status, error, round(1000 * (time.monotonic() - begun))


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """The status that the receiver answers. Raises NotAllowed, OSError or HTTPException."""
    allowed = {name.lower() for name in settings.WEBHOOK_HOSTS}
    if fault := fault_of_url(url, debug=settings.DEBUG, hosts=allowed):
        raise NotAllowed(fault)
    parts = urlsplit(url)
    host = parts.hostname or ""
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    address = _checked_address(host, port, trusted=settings.DEBUG or host.lower() in allowed)
    connection = _Pinned(address, host, port, secure)
    deadline = threading.Timer(TIMEOUT_S, connection.abort)
    deadline.daemon = True
    deadline.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body=body, headers={"Host": parts.netloc, **headers})
        return connection.getresponse().status
    finally:
        deadline.cancel()
        connection.close()


def _checked_address(host: str, port: int, *, trusted: bool) -> str:
    """One address of a name of which every address is allowed."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not trusted and (inner := [each for each in addresses if not is_public(each)]):
        raise NotAllowed(f"{host} is {inner[0]}, which is not on the open internet.")
    return addresses[0]


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, with the certificate of the name."""

    def __init__(self, address: str, host: str, port: int, secure: bool) -> None:
        super().__init__(host, port, timeout=TIMEOUT_S)
        self._address, self._secure = address, secure

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = plain
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)

    def abort(self) -> None:
        """End it from another thread: whatever is being waited for fails at once."""
        sock = self.sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
