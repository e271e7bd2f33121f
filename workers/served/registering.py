"""An import run that asks a server what it is, and makes it a version."""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.db import transaction

from annotation.registry.services import add_served
from annotation.runs.models import Run
from annotation.runs.services import lifecycle
from annotation.runs.services.lifecycle import Lease
from rewardmodel.errors import Refused
from workers.heartbeat import Heartbeat
from workers.jobs import safe_point
from workers.served.answers import NoAnswer
from workers.served.asking import Asked, Unavailable
from workers.served.policies import PEOPLE_WAIT_S
from workers.translate import storable


def register(lease: Lease, run: Run, heart: Heartbeat) -> None:
    """Register the server's model and end the run. Raises LeaseLost or Stopped."""
    wish = run.config["version"]
    server = settings.MODEL_SERVERS.get(wish["server"])
    try:
        if server is None or wish["model"] not in server.models:
            words = f"the worker's deployment names no server {wish['server']} with this model"
            raise Refused("no_server", words)
        halt = partial(safe_point, heart)
        with Asked(server, wish["model"], patience_s=PEOPLE_WAIT_S, halt=halt) as asked:
            said = storable(asked.describe())
    except Refused as error:
        lifecycle.fail(lease, code=error.code, message=error.message)
        return
    except NoAnswer as error:
        lifecycle.fail(lease, code=error.rule, message=f"{wish['server']}: {error}")
        return
    except Unavailable as error:
        lifecycle.release(lease, code="server_unavailable", message=str(error))
        return
    served = {"server": server.name, "model": wish["model"], "said": said}
    with transaction.atomic():
        version, is_new = add_served(
            project=run.project, name=wish["name"], served=served, actor=run.requested_by
        )
        outputs = {"output_version": version} if is_new else {}
        report = {"version": str(version.pk), "number": version.number, "is_new": is_new}
        lifecycle.succeed(lease, report=report, **outputs)
