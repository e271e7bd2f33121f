"""The back office: read-mostly, every act audited, nothing append-only can be edited."""

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth import get_user_model
from django.test import Client, RequestFactory, override_settings
from django.urls import clear_url_caches, include, path

from annotation import urls as routes
from annotation.accounts.models import AuditEvent, User
from annotation.lib.admin import ReadOnlyAdmin
from tests.cast import PASSWORD, Cast
from tests.contracts.routes import World, own_world

pytestmark = pytest.mark.django_db
urlpatterns = [path("admin/", admin.site.urls), path("", include(routes.urlpatterns))]
STRONG = "seven tall herons"


@pytest.fixture
def office(cast: Cast) -> Client:
    """A superuser in the back office."""
    User.objects.filter(id=cast.ml.id).update(is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(User.objects.get(id=cast.ml.id))
    return client


@pytest.fixture(autouse=True)
def with_office() -> object:
    """The back office is off unless ENABLE_ADMIN is set; here it is on."""
    with override_settings(ROOT_URLCONF=__name__):
        clear_url_caches()
        yield
    clear_url_caches()


def test_every_list_opens(office: Client) -> None:
    for model, shown in admin.site._registry.items():
        if model.__module__.startswith("annotation."):
            name = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
            answer = office.get(name, secure=True)
            assert answer.status_code == 200, name
            assert shown.has_delete_permission(RequestFactory().get("/")) is False, name


def test_only_people_can_be_added_or_changed() -> None:
    editable = {
        model.__name__
        for model, shown in admin.site._registry.items()
        if model.__module__.startswith(
            ("annotation.accounts", "annotation.projects", "annotation.corpus")
        )
        and not isinstance(shown, ReadOnlyAdmin)
    }
    assert editable == {"User"}


def test_people_without_the_staff_mark_do_not_get_in(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.admin)
    answer = client.get("/admin/accounts/user/", secure=True)
    assert answer.status_code == 302
    assert "login" in answer["Location"]


def test_staff_add_a_person_and_end_their_access(office: Client, cast: Cast) -> None:
    form = {"username": "wen", "display_name": "Wen", "email": "", "locale": "zh-Hans"}
    weak = office.post("/admin/accounts/user/add/", {**form, "password": "abc"}, secure=True)
    assert weak.status_code == 200
    made = office.post("/admin/accounts/user/add/", {**form, "password": STRONG}, secure=True)
    assert made.status_code == 302, made.content
    wen = User.objects.get(username="wen")
    assert wen.check_password(STRONG)
    page = f"/admin/accounts/user/{wen.id}/change/"
    change = {"display_name": "Wen", "email": "", "locale": "zh-Hans"}  # is_active is unticked
    assert office.post(page, change, secure=True).status_code == 302
    assert not User.objects.get(username="wen").is_active
    events = AuditEvent.objects.filter(object_id=str(wen.id)).order_by("id")
    assert list(events.values_list("action", "actor")) == [
        ("person.created", cast.ml.id),
        ("person.changed", cast.ml.id),
    ]


def test_somebody_who_stands_for_imported_data_cannot_be_changed(office: Client) -> None:
    someone = get_user_model().objects.create(
        username="imported-1", is_active=False, is_pseudonymous=True
    )
    page = f"/admin/accounts/user/{someone.pk}/change/"
    assert office.get(page, secure=True).status_code == 200
    assert office.post(page, {"is_active": "on"}, secure=True).status_code == 403


def test_tokens_are_revoked_but_never_shown(office: Client, cast: Cast) -> None:
    from annotation.accounts.services import issue_token, token_for_secret

    token, secret = issue_token(user=cast.admin, name="n", scopes=["read"], days=1)
    page = office.get(f"/admin/accounts/apitoken/{token.id}/change/", secure=True)
    assert page.status_code == 200
    assert token.digest not in page.content.decode()
    action = {"action": "revoke", "_selected_action": [str(token.id)]}
    assert office.post("/admin/accounts/apitoken/", action, secure=True).status_code == 302
    assert token_for_secret(secret=secret) is None


def test_there_is_one_sign_in_so_that_no_door_goes_round_the_second_factor(cast: Cast) -> None:
    User.objects.filter(id=cast.ml.id).update(is_staff=True)
    client = Client()
    login = {"username": "ml", "password": PASSWORD, "next": "/admin/"}
    answer = client.post("/admin/login/?next=/admin/", login, secure=True)
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in?next=%2Fadmin%2F")
    assert client.get("/admin/", secure=True).status_code == 302
    signed_in = {"username": "ml", "password": PASSWORD}
    path = "/_allauth/browser/v1/auth/login"
    assert client.post(path, signed_in, content_type="application/json").status_code == 200
    assert client.get("/admin/", secure=True).status_code == 200
    with override_settings(REQUIRE_MFA_FOR=frozenset({"staff"})):
        refused = client.get("/admin/", secure=True)
        assert (refused.status_code, refused["Location"]) == (302, "/security?needed=1")


@pytest.fixture
def world(cast: Cast) -> World:
    """One thing of each kind in the cast's project."""
    return own_world(cast)


def test_every_thing_opens_and_no_fact_can_be_added_changed_or_deleted(
    office: Client, world: World
) -> None:
    request = RequestFactory().get("/")
    request.user = User.objects.get(is_superuser=True)
    opened = 0
    for model, shown in admin.site._registry.items():
        if not model.__module__.startswith("annotation."):
            continue
        assert not shown.has_delete_permission(request), model
        if model is not User:
            assert not shown.has_add_permission(request), model
            assert not shown.has_change_permission(request), model
        thing = model._default_manager.first()
        if thing is not None:
            meta = model._meta
            name = f"/admin/{meta.app_label}/{meta.model_name}/{quote(thing.pk)}/change/"
            assert office.get(name, secure=True).status_code == 200, name
            opened += 1
    assert opened >= 12


def test_every_act_goes_through_its_service_and_is_recorded(
    office: Client, cast: Cast, world: World
) -> None:
    values = world.values
    acts = (
        ("labeling/slot", "end_lease", values["slot_id"], "lease.ended"),
        ("labeling/ranking", "withdraw", values["ranking_id"], "ranking.withdrawn"),
        ("labeling/item", "void", values["item_id"], "item.voided"),
        ("labeling/item", "reopen", values["item_id"], "item.reopened"),
        ("runs/run", "cancel", values["run_id"], "run.cancelled"),
        ("runs/run", "requeue", values["run_id"], "run.retried"),
        ("delivery/webhookmessage", "send_again", values["message_id"], "webhook.sent_again"),
        ("accounts/apitoken", "revoke", values["token_id"], "token.revoked"),
    )
    for place, action, key, recorded in acts:
        form = {"action": action, "_selected_action": [str(key)]}
        answer = office.post(f"/admin/{place}/", form, secure=True)
        assert answer.status_code == 302, (place, action)
        event = AuditEvent.objects.filter(action=recorded, object_id=str(key)).latest("id")
        assert event.actor_id == cast.ml.id, (place, action)


def test_what_a_rule_refuses_is_told_in_words(office: Client, world: World) -> None:
    form = {"action": "requeue", "_selected_action": [str(world.values["run_id"])]}
    answer = office.post("/admin/runs/run/", form, secure=True, follow=True)
    assert "Only a failed or cancelled run can be retried" in answer.content.decode()
