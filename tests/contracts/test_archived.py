"""An archived project can be read and restored, and nothing in it can be written, by any route."""

from collections.abc import Iterator

import pytest
import pytest_django
from django.db import transaction

from annotation.accounts.models import User
from annotation.projects.models import Membership, Project, Role
from tests.cast import assemble, client_for
from tests.contracts.routes import Route, World, api_routes, own_world

WRITES = [
    pytest.param(route, method, id=f"{method} {route.path.removeprefix('api/v1/')}")
    for route in api_routes()
    for method, rule in route.access.items()
    if method != "GET" and rule.kind == "roles"
]


@pytest.fixture(scope="module")
def archived(
    django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker
) -> Iterator[tuple[World, User]]:
    """A project with one of everything, archived, and its labeler, who holds every role in it."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = assemble()
        world = own_world(cast)
        for role in Role.values:
            Membership.objects.get_or_create(project=cast.project, user=cast.labeler, role=role)
        Project.objects.filter(pk=cast.project.pk).update(state="archived")
        yield world, cast.labeler
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize(("route", "method"), WRITES)
def test_every_write_is_refused_and_says_why(
    archived: tuple[World, User], route: Route, method: str
) -> None:
    world, person = archived
    with transaction.atomic():
        url = route.url(world.values)
        answer = client_for(person).generic(method, url, "{}", content_type="application/json")
        transaction.set_rollback(True)
    assert (answer.status_code, answer.json()["code"]) == (409, "archived"), url


@pytest.mark.django_db
def test_an_archived_project_is_read_and_restored(archived: tuple[World, User]) -> None:
    world, person = archived
    address = f"/api/v1/projects/{world.project.id}"
    client = client_for(person)
    assert client.get(address).json()["state"] == "archived"
    mixed = client.patch(address, {"state": "active", "name": "N"}, format="json")
    assert mixed.json()["code"] == "archived"
    with transaction.atomic():
        assert client.patch(address, {"state": "active"}, format="json").status_code == 200
        transaction.set_rollback(True)
