"""Requests made up from the OpenAPI document, fitting and not: no 500, and answers as described.

More cases than the usual few: `GENERATED_CASES=400 pytest tests/contracts/test_generated_input.py`.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import pytest_django
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from annotation.accounts.models import Scope, User
from annotation.accounts.services import issue_token
from annotation.projects.models import Membership, Role
from annotation.wsgi import application
from tests.cast import assemble
from tests.contracts.operations import document
from tests.contracts.routes import World, own_world

pytestmark = pytest.mark.django_db
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]
CASES = int(os.environ.get("GENERATED_CASES", "6"))

schema = schemathesis.openapi.from_dict(json.loads(json.dumps(document(), default=str)))


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker
) -> Iterator[tuple[World, str]]:
    """A project, and a token of somebody who may do everything in it."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = assemble()
        for role in set(Role.values) - {Role.LABELER}:
            Membership.objects.create(project=cast.project, user=cast.labeler, role=role)
        User.objects.filter(id=cast.labeler.id).update(is_staff=True)
        _, secret = issue_token(user=cast.labeler, name="all", scopes=Scope.values, days=1)
        yield own_world(cast), secret
        transaction.set_rollback(True)


@contextmanager
def _kept_connection() -> Iterator[None]:
    """A server closes a connection with an open transaction; here the test's is open on purpose."""
    watched = (request_started, request_finished)
    for signal in watched:
        signal.disconnect(close_old_connections)
    yield
    for signal in watched:
        signal.connect(close_old_connections)


@schema.parametrize()
@settings(
    max_examples=CASES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_answers_are_as_the_document_describes_them(world: tuple[World, str], case: Any) -> None:
    things, secret = world
    for name in case.path_parameters or {}:
        case.path_parameters[name] = str(things.values.get(name, case.path_parameters[name]))
    headers = {"Authorization": f"Bearer {secret}"}
    with _kept_connection(), transaction.atomic():
        answer = case.call(app=application, base_url="http://localhost", headers=headers)
        transaction.set_rollback(True)
    case.validate_response(answer, checks=CHECKS)
