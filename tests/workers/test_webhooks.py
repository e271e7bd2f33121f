"""What happens is told: at least once, in order, signed, and nowhere but where it is allowed."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from annotation.delivery import services
from annotation.delivery.models import WebhookEndpoint, WebhookMessage
from annotation.delivery.webhooks import is_public, pause_after, secret_of
from annotation.labeling.services import withdraw_ranking
from annotation.lib.errors import Invalid
from annotation.projects.services import change_project
from tests.annotation.runs.judgments import add_rankings
from tests.cast import Cast, client_for
from workers import webhooks as sending

pytestmark = pytest.mark.django_db
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "webhooks.md"


class Receiver:
    """A real HTTP server that keeps what it is sent, and answers `status`."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        self.location = ""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((dict(self.headers), body))
                self.send_response(outer.status)
                if outer.location:
                    self.send_header("Location", outer.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_HOSTS = ["127.0.0.1"]
    found = Receiver()
    yield found
    found.server.shutdown()
    found.server.server_close()


def listen(cast: Cast, url: str, *events: str) -> WebhookEndpoint:
    return services.add_webhook(
        actor=cast.admin, project=cast.project, url=url, events=list(events)
    )


def verifier() -> Any:
    """The function that the documentation gives to receivers."""
    code = DOCUMENT.read_text().split("```python\n")[1].split("```")[0]
    names: dict[str, Any] = {}
    exec(code, names)
    return names["verify"]


def test_facts_are_told_in_order_with_ids_only(cast: Cast, receiver: Receiver) -> None:
    endpoint = listen(
        cast, receiver.url,
        "ranking.counted", "ranking.withdrawn", "item.done", "project.state_changed",
    )  # fmt: skip
    (ranking,) = add_rankings(cast, 1)
    withdraw_ranking(actor=cast.admin, ranking=ranking, reason="a mistake")
    change_project(actor=cast.admin, project=cast.project, changes={"state": "paused"})
    assert sending.deliver(endpoint.pk) == 4
    told = receiver.messages
    assert {one["event"] for one in told[:2]} == {"ranking.counted", "item.done"}
    assert [one["event"] for one in told[2:]] == ["ranking.withdrawn", "project.state_changed"]
    assert told[2]["data"] == {"ranking": str(ranking.pk), "item": str(ranking.item_id)}
    assert told[3]["data"] == {"before": "active", "after": "paused"}
    assert len({one["id"] for one in told}) == 4
    assert b"Answer 0" not in b"".join(body for _, body in receiver.got)
    assert sending.deliver(endpoint.pk) == 0


def test_what_is_undone_with_its_transaction_is_never_told(cast: Cast, receiver: Receiver) -> None:
    from django.db import transaction

    endpoint = listen(cast, receiver.url, "project.state_changed")
    with transaction.atomic():
        change_project(actor=cast.admin, project=cast.project, changes={"state": "paused"})
        transaction.set_rollback(True)
    assert sending.deliver(endpoint.pk) == 0
    assert WebhookMessage.objects.count() == 0


def test_the_documented_check_takes_our_signature_and_refuses_any_other(
    cast: Cast, receiver: Receiver
) -> None:
    verify = verifier()
    endpoint = listen(cast, receiver.url, "item.done")
    services.test_webhook(actor=cast.admin, endpoint=endpoint)
    assert sending.deliver(endpoint.pk) == 1
    ((headers, body),) = receiver.got
    header, secret = headers["Tiebreak-Signature"], services.secret_of(endpoint)
    assert verify(secret, header, body)
    assert not verify(secret, header, body.replace(b"test", b"tost"))
    assert not verify(secret + "x", header, body)
    assert not verify(secret, header, body, now=time.time() + 3600)
    old = header.split(",")[0]
    forged = hmac.new(b"guess", f"{old[2:]}.".encode() + body, hashlib.sha256).hexdigest()
    assert not verify(secret, f"{old},v1={forged}", body)


def test_for_a_day_both_secrets_hold_after_one_was_replaced(cast: Cast, receiver: Receiver) -> None:
    verify = verifier()
    endpoint = listen(cast, receiver.url, "item.done")
    before = services.secret_of(endpoint)
    endpoint = services.rotate_secret(actor=cast.admin, endpoint=endpoint)
    services.test_webhook(actor=cast.admin, endpoint=endpoint)
    sending.deliver(endpoint.pk)
    ((headers, body),) = receiver.got
    header = headers["Tiebreak-Signature"]
    assert before != services.secret_of(endpoint)
    assert verify(before, header, body)
    assert verify(services.secret_of(endpoint), header, body)


def test_a_worker_killed_between_sending_and_noting_it_sends_again_under_the_same_id(
    cast: Cast, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = listen(cast, receiver.url, "item.done")
    services.test_webhook(actor=cast.admin, endpoint=endpoint)
    with monkeypatch.context() as patch:
        patch.setattr(services, "settle", killed)
        with pytest.raises(KeyboardInterrupt):
            sending.deliver(endpoint.pk)
    assert sending.deliver(endpoint.pk) == 1
    first, second = receiver.got
    assert first[1] == second[1]
    assert first[0]["Tiebreak-Message"] == second[0]["Tiebreak-Message"]


def killed(*_: Any, **__: Any) -> Any:
    raise KeyboardInterrupt


def test_what_fails_is_tried_again_for_a_day_then_kept_to_be_sent_by_hand(
    cast: Cast, receiver: Receiver
) -> None:
    endpoint = listen(cast, receiver.url, "item.done")
    message = services.test_webhook(actor=cast.admin, endpoint=endpoint)
    later = services.test_webhook(actor=cast.admin, endpoint=endpoint)
    receiver.status = 500
    assert sending.deliver(endpoint.pk) == 0
    assert len(receiver.got) == 1  # the later one waits: order is kept
    assert sending.deliver(endpoint.pk) == 0
    assert len(receiver.got) == 1  # and so does the first, for half a minute
    assert [pause_after(n) for n in (1, 2, 3)] == [30, 60, 120]
    attempts = 1
    while message.state == "waiting":
        message = services.settle(message, status=500, error="", duration_ms=1)
        attempts += 1
        since = timedelta(seconds=sum(pause_after(n) for n in range(1, attempts + 1)))
        WebhookMessage.objects.filter(pk=message.pk).update(first_try_at=timezone.now() - since)
    assert message.state == "dead"
    assert attempts == 12  # 30 s doubled eleven times: 17 hours; the next would be after a day
    receiver.status = 204
    assert sending.deliver(endpoint.pk) == 1
    services.send_again(actor=cast.admin, message=message)
    assert sending.deliver(endpoint.pk) == 1
    assert [one["id"] for one in receiver.messages] == [
        f"msg_{message.pk}", f"msg_{later.pk}", f"msg_{message.pk}",
    ]  # fmt: skip


def test_a_receiver_that_fails_is_said_to_until_it_takes_what_waits(
    cast: Cast, receiver: Receiver
) -> None:
    endpoint = listen(cast, receiver.url, "item.done")

    def standing() -> tuple[Any, ...]:
        path = f"/api/v1/projects/{cast.project.id}/webhooks"
        (row,) = client_for(cast.admin).get(path).json()
        return tuple(row[name] for name in ("failing_status", "failing_error", "waiting"))

    services.test_webhook(actor=cast.admin, endpoint=endpoint)
    assert standing() == (None, None, 1)  # not tried yet
    receiver.status = 500
    sending.deliver(endpoint.pk)
    assert standing() == (500, "the receiver answered 500", 1)
    receiver.status = 200
    WebhookMessage.objects.update(next_try_at=timezone.now())
    sending.deliver(endpoint.pk)
    assert standing() == (None, None, 0)


def test_a_redirect_is_a_failure_and_not_followed(cast: Cast, receiver: Receiver) -> None:
    endpoint = listen(cast, receiver.url, "item.done")
    services.test_webhook(actor=cast.admin, endpoint=endpoint)
    receiver.status, receiver.location = 302, receiver.url
    assert sending.deliver(endpoint.pk) == 0
    assert len(receiver.got) == 1


def test_inner_addresses_are_refused_at_the_form_and_again_at_sending(
    cast: Cast, receiver: Receiver, settings: Any
) -> None:
    endpoint = listen(cast, receiver.url, "item.done")
    services.test_webhook(actor=cast.admin, endpoint=endpoint)
    settings.WEBHOOK_HOSTS = []
    assert sending.deliver(endpoint.pk) == 0
    assert receiver.got == []
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(url="https://localhost.localdomain/x")
    for url in (
        "http://example.org/x",
        "https://127.0.0.1/",
        "https://u:p@example.org/",
        "ftp://x",
        "https://10.0.0.1/x",
        "https://10.1/x",  # the same, as a connection reads it
        "https://[fc00::1]:8443/x",
        "https://169.254.169.254/latest",
    ):
        with pytest.raises(Invalid):
            listen(cast, url, "item.done")
    assert listen(cast, "https://93.184.216.34/x", "item.done")
    settings.WEBHOOK_HOSTS = ["10.0.0.1"]
    assert listen(cast, "https://10.0.0.1/x", "item.done")
    with pytest.raises(Invalid) as refused:
        listen(cast, "https://10.0.0.2/x", "item.done")
    assert "10.0.0.2 is not on the open internet." in str(refused.value.details)
    with pytest.raises(Invalid):
        listen(cast, "https://example.org/", "no.such_event")
    inner = ("10.1.2.3", "192.168.0.1", "169.254.169.254", "127.0.0.1", "::1", "fe80::1",
             "fc00::1", "::ffff:10.0.0.1", "0.0.0.0", "100.64.0.1", "224.0.0.1", "64:ff9b::10.0.0.1",
             "64:ff9b:1::1", "::10.0.0.1", "::ffff:0:10.0.0.1", "fec0::1", "ff0e::1",
             "2002:a00:1::1")  # fmt: skip
    assert [each for each in inner if is_public(each)] == []
    for outer in ("93.184.216.34", "2606:4700::1111", "64:ff9b::93.184.216.34"):
        assert is_public(outer)


def test_an_address_that_is_refused_by_now_does_not_hinder_what_leaves_it_as_it_is(
    cast: Cast, receiver: Receiver, settings: Any
) -> None:
    endpoint = listen(cast, receiver.url, "item.done")
    settings.WEBHOOK_HOSTS = []
    client = client_for(cast.admin)

    def change(**body: Any) -> int:
        answer = client.patch(f"/api/v1/webhooks/{endpoint.pk}", body, format="json")
        return int(answer.status_code)

    assert change(state="paused") == 200
    assert change(events=["run.finished"], description="of old") == 200
    endpoint.refresh_from_db()
    assert (endpoint.state, endpoint.events) == ("paused", ["run.finished"])
    assert change(url=receiver.url) == 400
    assert change(events=[]) == change(events=["no.such_event"]) == 400


def test_the_secret_is_told_once_and_stored_nowhere(cast: Cast) -> None:
    client = client_for(cast.admin)
    body = {"url": "https://example.org/hook", "events": ["run.finished"]}
    made = client.post(f"/api/v1/projects/{cast.project.id}/webhooks", body, format="json")
    assert made.status_code == 201, made.content
    secret = made.json()["secret"]
    row = WebhookEndpoint.objects.filter(pk=made.json()["id"]).values()[0]
    assert secret not in str(row)
    listed = client.get(f"/api/v1/projects/{cast.project.id}/webhooks")
    assert secret not in listed.content.decode()
    other = secret_of("another signing key", row["id"], 1)
    assert other != secret != services.secret_of(WebhookEndpoint.objects.get(), 2)
