"""An S3-compatible server in this process, and a way to it that loses connections."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import boto3
import pytest
from django.conf import settings as django_settings

KEYS = {"s3_access_key_id": "test-key", "s3_secret_access_key": "test-secret"}


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """Its address."""
    from moto.server import ThreadedMotoServer

    # what it asks its own libraries for; ours are given each time
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_server: str, settings: Any) -> dict[str, str]:
    """The settings of a bucket of this test's own, which this process uses from now on."""
    found = {"s3_endpoint": s3_server, "s3_bucket": f"b{uuid4().hex}", "s3_prefix": "tb", **KEYS}
    client_of(found).create_bucket(Bucket=found["s3_bucket"])
    settings.ENV = django_settings.ENV.model_copy(update=found)
    return found


def client_of(found: dict[str, str]) -> Any:
    """A client that goes around our own code."""
    return boto3.client(
        "s3",
        endpoint_url=found["s3_endpoint"],
        region_name="us-east-1",
        aws_access_key_id=found["s3_access_key_id"],
        aws_secret_access_key=found["s3_secret_access_key"],
    )


def put_instead(found: dict[str, str], ending: str, body: bytes) -> str:
    """Replace the one object whose key ends so, around our own code; its key."""
    client = client_of(found)
    every = client.list_objects_v2(Bucket=found["s3_bucket"])["Contents"]
    (key,) = [one["Key"] for one in every if one["Key"].endswith(ending)]
    client.put_object(Bucket=found["s3_bucket"], Key=key, Body=body)
    return str(key)


class BreakingWay:
    """Carries connections to a server and cuts the next `cuts` of them after `after` bytes of answer."""

    def __init__(self, address: str) -> None:
        host, _, port = address.removeprefix("http://").partition(":")
        self._to = (host, int(port))
        self.cuts, self.after = 0, 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        server = socket.create_connection(self._to)
        threading.Thread(target=self._copy, args=(client, server), daemon=True).start()
        sent = 0
        with contextlib.suppress(OSError):
            while piece := server.recv(1 << 16):
                sent += len(piece)
                if self.cuts and sent > self.after:
                    self.cuts -= 1
                    break
                client.sendall(piece)
        for end in (client, server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(1 << 16):
                target.sendall(piece)
