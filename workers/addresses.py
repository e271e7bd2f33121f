"""How the processes on other hosts reach those of this worker: an address, a port, an interface."""

from __future__ import annotations

import fcntl
import socket
import struct
from urllib.parse import urlsplit

from django.conf import settings

LOOPBACK = "127.0.0.1"
_SIOCGIFADDR = 0x8915  # linux/sockios.h: the IPv4 address of an interface


def own_address() -> str:
    """As the deployment says, else the address that this host has towards the database or the broker.

    LOOPBACK where these are on this host, or have no IPv4 address.
    """
    told: str = settings.ENV.tiebreak_worker_address
    if told:
        return told
    urls = (str(settings.ENV.database_url), settings.REDIS_URL)
    found = (_address_towards(urlsplit(url).hostname or "") for url in urls)
    return next((each for each in found if not each.startswith("127.")), LOOPBACK)


def is_for_this_host_alone() -> bool:
    """Whether nobody on another host reaches the address that this worker found for itself."""
    return not settings.ENV.tiebreak_worker_address and own_address() == LOOPBACK


def _address_towards(name: str) -> str:
    """The address that this host has towards another; LOOPBACK where there is no way by IPv4."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as towards:
            towards.connect((name, 1))  # sends nothing
            return str(towards.getsockname()[0])
    except OSError:
        return LOOPBACK


def free_port() -> int:
    """A port that nobody uses now, of those that the deployment allows. Raises OSError."""
    first, _, last = settings.ENV.tiebreak_worker_ports.partition("-")
    for port in range(int(first), int(last) + 1) if first else (0,):
        try:
            with socket.create_server(("", port)) as held:
                return int(held.getsockname()[1])
        except OSError:
            continue
    raise OSError(f"every port of {first}-{last} is in use")


def interface_for(lead: str) -> str:
    """The interface by which this worker's processes talk to those at `lead`; empty where none is found."""
    return interface_of(_address_towards(lead) if is_for_this_host_alone() else own_address())


def interface_of(name: str) -> str:
    """The interface that has this address; empty where none is found."""
    try:
        address = socket.gethostbyname(name)
        interfaces = socket.if_nameindex()
    except OSError:
        return ""
    return next((each for _, each in interfaces if _address_of(each) == address), "")


def _address_of(interface: str) -> str:
    request = struct.pack("256s", interface.encode()[:15])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            answer = fcntl.ioctl(asked.fileno(), _SIOCGIFADDR, request)
        except OSError:
            return ""
    return socket.inet_ntoa(answer[20:24])
