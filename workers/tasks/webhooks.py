"""Telling receivers what happened, and laying the chain over the audit trail."""

from __future__ import annotations

from uuid import UUID

from annotation.celery import app
from annotation.delivery import audit, services
from annotation.runs import dispatch
from workers import webhooks


@app.task(name=dispatch.DELIVER_WEBHOOK)  # type: ignore[untyped-decorator]
def deliver(endpoint_id: str) -> None:
    """Send what waits for one endpoint, or walk away where somebody is at it."""
    webhooks.deliver(UUID(endpoint_id))


@app.task(name=dispatch.FIND_WEBHOOKS)  # type: ignore[untyped-decorator]
def find() -> None:
    """A hint for every endpoint with something to be sent; one slow receiver delays no other."""
    for key in services.due_endpoints().values_list("id", flat=True)[:200]:
        dispatch.send(dispatch.DELIVER_WEBHOOK, {"endpoint_id": str(key)}, "short")


@app.task(name=dispatch.CHAIN_AUDIT)  # type: ignore[untyped-decorator]
def chain() -> None:
    """Link the audit events that came since the last time."""
    audit.lay_chain()
