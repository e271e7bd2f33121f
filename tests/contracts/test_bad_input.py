"""Bad input anywhere gets a 4xx with a problem document; nothing gives 500.

The table is made from the OpenAPI document: every operation, every field of its body, every query
parameter. Callers hold every right, so that the input is all that is wrong.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import pytest_django
from django.db import transaction
from rest_framework.test import APIClient

from annotation.accounts.models import User
from annotation.projects.models import Membership, Role
from tests.cast import assemble, client_for
from tests.contracts.operations import Operation, fields, operations, spoilt
from tests.contracts.routes import World, own_world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

ALL = [pytest.param(one, id=one.name) for one in operations()]
WITH_BODY = [pytest.param(one, id=one.name) for one in operations() if one.body is not None]
LISTS = [pytest.param(one, id=one.name) for one in operations() if "cursor" in one.query]

BAD_BODIES: dict[str, bytes] = {
    "no JSON": b"{",
    "not UTF-8": b'{"a": "\xff"}',
    "NaN": b'{"a": NaN}',
    "a number beyond numbers": b'{"a": 1e999}',
    "a key twice": b'{"a": 1, "a": 2}',
    "a lone surrogate": b'{"a": "\\ud800"}',
    "U+0000": b'{"a": "\\u0000"}',
    "U+0000 in a key": b'{"\\u0000": 1}',
    "too deep": b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "5000 digits": b'{"a": ' + b"9" * 5000 + b"}",
    "a list": b"[]",
    "null": b"null",
    "a text": b'"text"',
    "a number": b"5",
    "too large": b'{"a": "' + b"x" * (2 * 1024 * 1024) + b'"}',
}
ODD_VALUES: list[Any] = [
    None,
    True,
    -1,
    0,
    2**31,
    2**63,
    2**200,
    -(2**63) - 1,
    1e308,
    5e-324,
    "",
    " ",
    "x" * 150_000,
    "\u202e\u0000".strip("\u0000"),
    "1' OR '1'='1",
    "../../etc/passwd",
    "__class__",
    "00000000-0000-0000-0000-000000000000",
    "NaN",
    [],
    [[]],
    [None],
    ["x"] * 5000,
    {},
    {"a": {"b": [1]}},
    {"__proto__": 1},
]
ODD_QUERIES = [
    "user__password__startswith=a",
    "project__id=1",
    "id__gt=0",
    "ordering=-password",
    "ordering=project__created_by",
    "fields=secret",
    "format=api",
    "a%00b=1",
    "%F0%28=1",
]
ODD_PARAMETERS = ["%00", "x%00y", "%FF%FE", "'", "-1", "9" * 400, "NaN", "a__b", "[]", "x" * 5000]


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker
) -> Iterator[World]:
    """One project in which the labeler holds every role and is staff; undone at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = assemble()
        for role in set(Role.values) - {Role.LABELER}:
            Membership.objects.create(project=cast.project, user=cast.labeler, role=role)
        User.objects.filter(id=cast.labeler.id).update(is_staff=True)
        yield own_world(cast)
        transaction.set_rollback(True)


@pytest.fixture
def client(world: World) -> APIClient:
    """Signed in as the one who may do everything."""
    return client_for(User.objects.get(username="labeler"))


def send(
    client: APIClient,
    operation: Operation,
    world: World,
    body: bytes | Any = b"",
    *,
    query: str = "",
    content_type: str = "application/json",
    **headers: str,
) -> Any:
    """The answer, whose changes are undone; fails on 500 and on errors in another form."""
    url = operation.route.url(world.values) + (f"?{query}" if query else "")
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    with transaction.atomic():
        answer = client.generic(operation.method, url, data, content_type=content_type, **headers)
        transaction.set_rollback(True)
    told = (operation.name, query or data[:300], answer.status_code)
    assert answer.status_code < 500, told
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json", told
        problem = answer.json()
        assert problem["status"] == answer.status_code, told
        assert problem["code"], told
        assert problem["request_id"], told
    return answer


def test_every_operation_of_the_code_is_in_the_table() -> None:
    known = {(one.route.path, one.method) for one in operations()}
    declared = {(one.route.path, method) for one in operations() for method in one.route.access}
    assert known == declared
    assert len({one.name for one in operations()}) == len(operations())


@pytest.mark.parametrize("operation", WITH_BODY)
def test_a_body_that_is_no_sound_json_object_is_refused(
    client: APIClient, world: World, operation: Operation
) -> None:
    for name, body in BAD_BODIES.items():
        status = send(client, operation, world, body).status_code
        assert status in ((400, 413) if name == "too large" else (400,)), name


@pytest.mark.parametrize("operation", WITH_BODY)
def test_the_bodies_of_the_table_pass_the_first_look(
    client: APIClient, world: World, operation: Operation
) -> None:
    """Else the odd values below would be hidden behind another mistake."""
    answer = send(client, operation, world, operation.fitting_body(world))
    assert answer.status_code != 400, answer.content


@pytest.mark.parametrize("operation", WITH_BODY)
def test_only_json_is_read(client: APIClient, world: World, operation: Operation) -> None:
    body = operation.fitting_body(world)
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"):
        answer = send(client, operation, world, body, content_type=kind)
        assert answer.status_code in (400, 415), kind


@pytest.mark.parametrize("operation", WITH_BODY)
def test_a_field_that_nobody_declared_is_refused(
    client: APIClient, world: World, operation: Operation
) -> None:
    body = operation.fitting_body(world)
    for name in ("is_staff", "owner", "project_id", "id", "state__in", "__class__", ""):
        if name not in body:
            answer = send(client, operation, world, body | {name: True})
            assert answer.status_code == 400, name
            assert name in {error["field"] for error in answer.json()["errors"]}, name


@pytest.mark.parametrize("operation", WITH_BODY)
def test_odd_values_in_any_field_never_break_anything(
    client: APIClient, world: World, operation: Operation
) -> None:
    body = operation.fitting_body(world)
    for path in fields(operation.body or {}):
        for value in ODD_VALUES:
            send(client, operation, world, spoilt(body, path, value))
        for raw in (b'"\\ud800"', b'"a\\u0000b"', b"NaN"):
            mark = "put-it-here"
            data = json.dumps(spoilt(body, path, mark)).encode()
            answer = send(client, operation, world, data.replace(f'"{mark}"'.encode(), raw))
            assert answer.status_code == 400, (path, raw)


@pytest.mark.parametrize("operation", ALL)
def test_query_parameters_that_nobody_declared_are_refused(
    client: APIClient, world: World, operation: Operation
) -> None:
    for query in ODD_QUERIES:
        answer = send(client, operation, world, query=query)
        assert answer.status_code in (400, 415), query


@pytest.mark.parametrize("operation", ALL)
def test_odd_values_in_any_query_parameter_never_break_anything(
    client: APIClient, world: World, operation: Operation
) -> None:
    for name in {*operation.query, "cursor", "page_size", "page"}:
        for value in ODD_PARAMETERS:
            send(client, operation, world, query=f"{name}={value}")


@pytest.mark.parametrize("operation", LISTS)
def test_a_forged_cursor_or_page_size_is_refused(
    client: APIClient, world: World, operation: Operation
) -> None:
    for cursor in ("cD14eXo=", "cD0lMDA=", "bz0tMQ==", "!!!", "cD0yMDI2", "cj0xJnA9eA=="):
        answer = send(client, operation, world, query=f"cursor={cursor}")
        assert answer.status_code in (200, 400, 404), cursor
    for size in ("0", "-1", "x", "1e3", "%00"):
        assert send(client, operation, world, query=f"page_size={size}").status_code == 400, size


@pytest.mark.parametrize("operation", ALL)
def test_odd_headers_never_break_anything(
    client: APIClient, world: World, operation: Operation
) -> None:
    for headers in (
        {"HTTP_ACCEPT": "text/html;q=x, */*"},
        {"HTTP_ACCEPT": "image/png"},
        {"HTTP_ACCEPT_LANGUAGE": "xx-\x01, *;q=9"},
        {"HTTP_IDEMPOTENCY_KEY": "x" * 5000},
        {"HTTP_IDEMPOTENCY_KEY": "\x00"},
        {"HTTP_IF_MATCH": '"'},
        {"CONTENT_LENGTH": "-5"},
        {"CONTENT_LENGTH": "many"},
    ):
        send(client, operation, world, b"{}", **headers)


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer a b", "Bearer tbk_x_\xff", "Basic eA==", "Bearer \x00"]
)
def test_a_malformed_authorization_is_no_authorization(world: World, header: str) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=header)
    operation = next(one for one in operations() if one.name == "me_read")
    assert send(client, operation, world).status_code == 401
