"""How a person wants their screen: kept for that person, changed piece by piece, never out of range."""

from typing import Any

import pytest

from annotation.accounts.models import AuditEvent, Preferences
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db

AT_FIRST = {
    "keys": {},
    "break_minutes": 50,
    "columns": None,
    "panes": False,
    "sync_scroll": False,
    "theme": "system",
    "text_size": "m",
}


def change(cast: Cast, preferences: Any) -> Any:
    body = {"preferences": preferences}
    return client_for(cast.labeler).patch("/api/v1/me", body, format="json")


def test_at_first_everything_is_as_the_device_has_it(cast: Cast) -> None:
    assert client_for(cast.labeler).get("/api/v1/me").json()["preferences"] == AT_FIRST
    assert not Preferences.objects.exists()


def test_what_is_left_out_of_a_change_stays_and_others_keep_theirs(cast: Cast) -> None:
    assert change(cast, {"theme": "dark", "keys": {"tie": "t"}}).status_code == 200
    answer = change(cast, {"columns": 2})
    expected = AT_FIRST | {"theme": "dark", "keys": {"tie": "t"}, "columns": 2}
    assert answer.json()["preferences"] == expected
    assert client_for(cast.labeler).get("/api/v1/me").json()["preferences"] == expected
    assert client_for(cast.second_labeler).get("/api/v1/me").json()["preferences"] == AT_FIRST


def test_keys_are_replaced_as_a_whole_so_that_one_can_be_given_back(cast: Cast) -> None:
    change(cast, {"keys": {"tie": "t", "lane-1": "q"}})
    assert change(cast, {"keys": {"tie": " "}}).json()["preferences"]["keys"] == {"tie": " "}
    assert change(cast, {"keys": {}}).json()["preferences"]["keys"] == {}


@pytest.mark.parametrize(
    ("wish", "field", "rule"),
    [
        ({"theme": "sepia"}, "preferences.theme", "invalid_choice"),
        ({"text_size": "xl"}, "preferences.text_size", "invalid_choice"),
        ({"break_minutes": 9}, "preferences.break_minutes", "min_value"),
        ({"break_minutes": 181}, "preferences.break_minutes", "max_value"),
        ({"columns": 4}, "preferences.columns", "max_value"),
        ({"columns": 0}, "preferences.columns", "min_value"),
        ({"keys": {"Tie!": "t"}}, "preferences.keys.Tie!", "invalid"),
        ({"keys": {"tie": ""}}, "preferences.keys.tie", "blank"),
        ({"keys": {"tie": "x" * 21}}, "preferences.keys.tie", "max_length"),
        ({"keys": {f"a{n}": "x" for n in range(101)}}, "preferences.keys", "max_length"),
        ({"colour": "red"}, "preferences.colour", "unknown"),
        ("dark", "preferences", "invalid"),
    ],
)
def test_what_cannot_be_is_refused_with_its_name(
    cast: Cast, wish: Any, field: str, rule: str
) -> None:
    answer = change(cast, wish)
    assert answer.status_code == 400
    error = answer.json()["errors"][0]
    assert error["field"].split("[")[0] == field
    assert error["rule"] == rule
    assert not Preferences.objects.exists()


def test_breaks_can_be_off_and_changes_leave_no_trace_in_the_audit(cast: Cast) -> None:
    assert change(cast, {"break_minutes": 0}).json()["preferences"]["break_minutes"] == 0
    assert not AuditEvent.objects.exists()
