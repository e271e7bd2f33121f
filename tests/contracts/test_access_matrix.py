"""Who reaches what: every route, every method, the whole cast, own and foreign things.

The declared access is what happens. Nothing is reachable that declares nothing; nothing answers 500.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import pytest_django
from django.db import transaction
from rest_framework.test import APIClient

from annotation.accounts.models import Scope, User
from annotation.accounts.services import issue_token
from annotation.projects.api.access import Access
from annotation.projects.models import Membership
from tests.cast import Cast, assemble, client_for
from tests.contracts.routes import (
    METHODS,
    OPEN,
    Route,
    World,
    all_paths,
    api_routes,
    other_world,
    own_world,
    view_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stage")]

ROUTES = api_routes()
DECLARED = [
    pytest.param(route, method, id=f"{method} {route.path.removeprefix('api/v1/')}")
    for route in ROUTES
    for method in route.access
]
# Where an endpoint has a finer rule than roles: what its callers get instead.
FINER: dict[str, dict[str, int]] = {
    # what somebody judged is there for nobody else
    **{
        f"api/v1/submissions/<uuid:client_uuid>{act}": dict.fromkeys(
            ("second_labeler", "reviewer", "admin", "ml"), 404
        )
        for act in ("", "/undo", "/reopen", "/feedback")
    },
    # nothing is being set up
    "api/v1/me/second-factor/qr": dict.fromkeys(
        ("labeler", "second_labeler", "reviewer", "admin", "ml", "outsider"), 404
    ),
    # a conversation is there for nobody but its labeler
    **{
        f"api/v1/conversations/<uuid:conversation_id>{rest}": dict.fromkeys(
            ("second_labeler", "reviewer", "admin", "ml"), 404
        )
        for rest in ("", "/end", "/turns", "/turns/<int:number>/retry")
    },
    # a note on somebody's work is there for nobody else
    **{
        f"api/v1/notes/<uuid:note_id>{rest}": {"second_labeler": 404}
        for rest in ("", "/read", "/answer")
    },
    # a training run is the ML engineer's to stop, an import the admin's
    "api/v1/runs/<uuid:run_id>/cancel": {"admin": 403},
    "api/v1/runs/<uuid:run_id>/retry": {"admin": 403},
    "api/v1/runs/<uuid:run_id>/priority": {"admin": 403},
    # a saved view is there for nobody but who saved it
    "api/v1/views/<uuid:view_id>": {"admin": 404, "ml": 404},
    # somebody (here the second labeler) is there for themself and for staff
    "api/v1/people/<uuid:user_id>/erasure": dict.fromkeys(
        ("labeler", "reviewer", "admin", "ml", "outsider"), 404
    ),
    # somebody else's token does not exist
    "api/v1/tokens/<uuid:token_id>": dict.fromkeys(
        ("labeler", "second_labeler", "admin", "ml", "outsider"), 404
    ),
    # and somebody else's session neither
    "api/v1/me/sessions/<int:session_id>": dict.fromkeys(
        ("labeler", "second_labeler", "reviewer", "admin", "ml", "outsider"), 404
    ),
}
# sessions and tokens are managed in a session, never by a token
SESSION_ONLY = (
    *("api/v1/people/<uuid:user_id>/erasure", "api/v1/tokens", "api/v1/me/sessions"),
    "api/v1/me/second-factor",
)
# What stands in addresses without being the key of a thing, each with one that is not there.
NO_KEYS = {
    "session_id": 99_999_999,
    "filename": "nothing.jsonl",
    "number": 999,
    "message_id": 999_999_999,
    "what": "nothing",
    "ending": "pdf",
}


@dataclass(frozen=True)
class Stage:
    """The cast, the things of its project, and those of the project next door."""

    cast: Cast
    world: World
    elsewhere: World


@pytest.fixture(scope="module")
def stage(
    django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker
) -> Iterator[Stage]:
    """Set once, in a transaction that is undone; each call undoes what it changed."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = assemble()
        yield Stage(cast, own_world(cast), other_world(cast))
        transaction.set_rollback(True)


def call(client: APIClient, method: str, url: str) -> Any:
    """The answer to a request with an empty body; what it changed is undone."""
    body = None if method == "GET" else "{}"
    with transaction.atomic():
        answer = client.generic(method, url, body or "", content_type="application/json")
        transaction.set_rollback(True)
    assert answer.status_code < 500, (method, url, answer.status_code)
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json", (method, url)
        assert answer.json()["code"], (method, url)
    return answer


def roles_of(cast: Cast, person: User) -> set[str]:
    held = Membership.objects.filter(project=cast.project, user=person)
    return set(held.values_list("role", flat=True))


def test_every_route_of_the_api_declares_who_may_call_what() -> None:
    assert ROUTES
    for route in ROUTES:
        declared = getattr(route.view, "access", None)
        assert declared, f"{route.path} declares no access"
        handled = {method for method in METHODS if hasattr(route.view, method.lower())}
        assert set(declared) <= handled, route.path
        assert {rule.kind for rule in declared.values()} <= {
            "public",
            "signed_in",
            "staff",
            "roles",
        }


def test_routes_outside_the_api_are_known_one_by_one() -> None:
    outside = [path for path, _ in all_paths() if not path.startswith("api/v1/")]
    assert sorted(outside) == sorted(OPEN)


def test_every_name_in_an_address_has_something_to_find(stage: Stage) -> None:
    names = {name for route in ROUTES for name in route.names}
    assert names <= set(stage.world.values), (
        "tests/contracts/routes.py: give the world one of these"
    )


def test_a_view_that_declares_nothing_serves_nobody(stage: Stage) -> None:
    from rest_framework.test import APIRequestFactory, force_authenticate
    from rest_framework.views import APIView

    from annotation.projects.api.access import TiebreakView

    class Forgotten(TiebreakView):
        def get(self, request: Any) -> None:
            raise AssertionError("reached")

    class WithoutBase(APIView):
        def get(self, request: Any) -> None:
            raise AssertionError("reached")

    for view in (Forgotten, WithoutBase):
        request = APIRequestFactory().get("/")
        force_authenticate(request, stage.cast.admin)
        assert view.as_view()(request).status_code == 403


@pytest.mark.parametrize(("route", "method"), DECLARED)
def test_the_declared_access_is_what_happens(stage: Stage, route: Route, method: str) -> None:
    cast, rule = stage.cast, route.access[method]
    mine, theirs = route.url(stage.world.values), route.url(stage.elsewhere.values)
    if rule.kind != "public":
        assert call(client_for(None), method, mine).status_code == 401
    for name, person in cast.people.items():
        client = client_for(person)
        finer = FINER.get(route.path, {}).get(name)
        expected = finer or verdict(rule, roles_of(cast, person), person)
        check(call(client, method, mine), expected, (name, method, mine))
        if rule.kind == "roles" and person != cast.outsider:
            assert call(client, method, theirs).status_code == 404, (name, method, theirs)
    if rule.kind == "roles":
        for values in mixtures(route, stage):
            for person in (cast.admin, cast.ml, cast.labeler, cast.outsider):
                answer = call(client_for(person), method, route.url(values))
                assert answer.status_code in (403, 404), (person.username, values)


def verdict(rule: Access, held: set[str], person: User) -> int | None:
    """The status of a refusal; None when the caller gets through to the endpoint's own rules."""
    if rule.kind == "roles":
        if not held:
            return 404
        return None if held & rule.names else 403
    if rule.kind == "staff":
        return None if person.is_staff else 403
    return None


def check(answer: Any, expected: int | None, where: Any) -> None:
    if expected is None:
        assert answer.status_code not in (401, 403, 405), where
    else:
        assert answer.status_code == expected, where


def mixtures(route: Route, stage: Stage) -> Iterator[dict[str, Any]]:
    """Addresses that name a project of one's own and somebody else's thing in it."""
    mine, theirs = stage.world.values, stage.elsewhere.values
    if "project_id" in route.names:
        for name in set(route.names) - {"project_id", *NO_KEYS}:
            yield mine | {name: theirs[name]}
            yield theirs | {name: mine[name]}


@pytest.mark.parametrize(("route", "method"), DECLARED)
def test_a_token_needs_the_scope_and_nothing_but_the_scope(
    stage: Stage, route: Route, method: str
) -> None:
    cast, rule = stage.cast, route.access[method]
    url = route.url(stage.world.values)
    person = next(
        (one for one in cast.people.values() if roles_of(cast, one) & rule.names), cast.admin
    )
    session = call(client_for(person), method, url).status_code
    session_only = route.path.startswith(SESSION_ONLY)
    for scope in Scope.values:
        _, secret = issue_token(user=person, name="t", scopes=[scope], days=1)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        status = call(client, method, url).status_code
        goes_through = rule.kind == "public" or (scope == rule.scope and not session_only)
        assert status == (session if goes_through else 403), scope


@pytest.mark.parametrize("route", [pytest.param(route, id=route.path) for route in ROUTES])
def test_methods_that_are_not_declared_are_refused(stage: Stage, route: Route) -> None:
    url = route.url(stage.world.values)
    for person in (None, stage.cast.admin, stage.cast.labeler):
        client = client_for(person)
        for method in {*METHODS, "OPTIONS", "TRACE"} - set(route.access):
            status = call(client, method, url).status_code
            assert status in (401, 403, 405), (person, method)


@pytest.mark.parametrize(
    "route", [pytest.param(route, id=route.path) for route in ROUTES if route.names]
)
def test_what_does_not_exist_is_not_found(stage: Stage, route: Route) -> None:
    cast = stage.cast
    for method in route.access:
        for name in route.names:
            if name == "client_uuid" and method == "PUT":
                continue  # a new client_uuid is how a submission begins
            missing = NO_KEYS.get(name) or uuid4()
            url = route.url(stage.world.values | {name: missing})
            for person in (cast.admin, cast.ml, cast.labeler, cast.reviewer):
                answer = call(client_for(person), method, url)
                outer = "project_id" in route.names and name != "project_id"
                inner = outer or name in ("message_id", "filename", "ending")
                inner = inner or route.access[method].kind == "staff"
                assert answer.status_code in ({403, 404, 400} if inner else {404}), url


@pytest.mark.parametrize(
    "route", [pytest.param(route, id=route.path) for route in ROUTES if route.names]
)
def test_an_address_with_a_malformed_key_is_no_address(stage: Stage, route: Route) -> None:
    client = client_for(stage.cast.admin)
    for value in ("x", "1", "%00", "../../etc", "00000000-0000", "'; --"):
        for name in route.names:
            if name in ("number", "message_id", "session_id") and value == "1":
                continue  # well-formed
            url = route.url(stage.world.values | {name: value})
            for method in route.access:
                assert call(client, method, url).status_code == 404, url


def test_views_are_classes_so_that_access_can_be_read() -> None:
    for path, pattern in all_paths():
        if path.startswith("api/v1/"):
            assert isinstance(view_of(pattern), type), path
