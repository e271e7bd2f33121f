"""What receivers are told and how they know that it is us. Pure: knows no rows and no network.

A body is signed as `t=<unix time>,v1=<hex HMAC-SHA256 of "t.body">`. While a secret is being replaced,
the signatures of both stand in the header for a day.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import socket
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from annotation.lib import json

EVENTS = (
    "ranking.counted",
    "ranking.withdrawn",
    "item.done",
    "report.opened",
    "run.finished",
    "run.alarm",
    "snapshot.frozen",
    "version.promoted",
    "round.asked",
    "round.closed",
    "project.state_changed",
    "alarm.raised",
    "person.deleted",
)
TEST = "webhook.test"
BODY_MAX = 64 * 1024
FIRST_PAUSE_S = 30.0
GIVE_UP_S = 24 * 3600.0
_UNICAST = ipaddress.IPv6Network("2000::/3")  # all that is given out of IPv6
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # IPv4 addresses as networks without IPv4 reach them
IN_ORDER_TRIES = 3
"""So often a message holds up those behind it; then they go on without it."""
OVERLAP_S = 24 * 3600


def secret_of(signing_key: str, endpoint: UUID, rotation: int) -> str:
    """The secret of an endpoint: HKDF-SHA256 (RFC 5869) of the installation's signing key."""
    salt = b"tiebreak webhooks"
    key = hmac.new(salt, signing_key.encode(), hashlib.sha256).digest()
    info = f"{endpoint}:{rotation}".encode()
    block = hmac.new(key, info + b"\x01", hashlib.sha256).digest()
    return "whsec_" + base64.urlsafe_b64encode(block).decode().rstrip("=")


def signature(secrets: Sequence[str], moment: int, body: bytes) -> str:
    """The header: one v1 for each secret that holds."""
    signed = str(moment).encode() + b"." + body
    parts = [hmac.new(each.encode(), signed, hashlib.sha256).hexdigest() for each in secrets]
    return ",".join([f"t={moment}", *(f"v1={part}" for part in parts)])


def body_of(
    *, message: int, event: str, project: UUID, created_at: str, data: dict[str, Any]
) -> bytes:
    """The body: ids only, the same bytes at every attempt."""
    content = {
        "id": f"msg_{message}",
        "event": event,
        "project": str(project),
        "created_at": created_at,
        "data": data,
    }
    body = json.canonical(content)
    if len(body) > BODY_MAX:
        raise ValueError(f"message {message} has {len(body)} bytes")
    return body


def pause_after(attempts: int) -> float:
    """Seconds until the next attempt: half a minute, doubled each time."""
    return FIRST_PAUSE_S * 2.0 ** min(attempts - 1, 20)


def fault_of_url(url: str, *, debug: bool, hosts: Collection[str]) -> str:
    """Why nothing may be sent there, in words; empty where it may. Names are looked up at sending.

    hosts: those that may be reached though they are not on the open internet; `debug`: any may.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "This is not an address."
    if not url.isascii() or not url.isprintable() or " " in url:
        return "Write the address in plain ASCII without spaces."
    host = parts.hostname or ""
    if not host or parts.username is not None or parts.fragment or port == 0:
        return "Write it as https://host/path, without a user name and without #."
    written = _written_address(host)
    loopback = debug or bool(hosts)
    is_local = host == "localhost" or (written is not None and written.is_loopback)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_local and loopback):
        return "Only https:// is allowed."
    if is_local and not loopback:
        return "An address of this machine is not allowed."
    trusted = debug or host in {name.lower() for name in hosts}
    if written is not None and not trusted and not is_public(str(written)):
        return f"{written} is not on the open internet."
    return ""


def _written_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host is where it is no name, in any form that a connection takes it in: 10.1 too."""
    with suppress(ValueError):
        return ipaddress.ip_address(host.partition("%")[0])
    with suppress(OSError):
        return ipaddress.IPv4Address(socket.inet_aton(host))
    return None


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet: nothing private, local, or special."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is None:
            return ip.is_global and ip in _UNICAST
        ip = inner
    return ip.is_global and not ip.is_multicast
