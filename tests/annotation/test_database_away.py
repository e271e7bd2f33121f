"""A database that is away for a moment: whatever is asked, the answer is to ask again, and the log says
which request it was."""

import logging
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from annotation.lib.logs import OfRequest
from tests.cast import Cast

ID = "0123456789abcdef0123456789abcdef"


def restart_the_database_under_us() -> None:
    """As far as this session sees it."""
    other = connection.copy()
    with connection.cursor() as ours, other.cursor() as theirs:
        ours.execute("SELECT pg_backend_pid()")
        theirs.execute("SELECT pg_terminate_backend(%s)", ours.fetchone())
    other.close()


@pytest.fixture
def labeler(transactional_db: None, cast: Cast) -> Any:
    """A session that the server has not seen for a while: middleware looks at the database first."""
    client = Client(raise_request_exception=False, headers={"x-request-id": ID})
    client.force_login(cast.labeler)
    restart_the_database_under_us()
    yield client
    connection.close()


@pytest.mark.parametrize(
    "address", ["/api/v1/me", "/api/v1/no-such", "/_allauth/browser/v1/auth/session"]
)
def test_programs_are_told_when_to_ask_again(labeler: Client, address: str) -> None:
    answer = labeler.get(address, headers={"accept-language": "zh-hans"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["code"], problem["request_id"]) == ("unavailable", ID)
    assert problem["title"] == "数据库暂时不可用，请稍后重试。"


def test_a_page_says_so_and_asks_again_by_itself(labeler: Client) -> None:
    answer = labeler.get("/")
    assert (answer.status_code, answer["Refresh"]) == (503, "2")
    assert "try again" in answer.content.decode()


@pytest.mark.parametrize("token", [None, "Bearer no-such"], ids=["middleware", "view"])
def test_the_log_names_the_request_that_an_answer_names(
    labeler: Client, caplog: pytest.LogCaptureFixture, token: str | None
) -> None:
    caplog.handler.addFilter(OfRequest())
    if token:  # the view is the first to ask the database
        labeler.cookies.clear()
        labeler.defaults["HTTP_AUTHORIZATION"] = token
    answer = labeler.get("/api/v1/me")
    assert answer.status_code == 503
    assert answer["X-Request-ID"] == ID
    (record,) = [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert vars(record)["request_id"] == ID


def test_an_id_that_is_none_of_ours_is_not_taken(cast: Cast) -> None:
    answer = Client(headers={"x-request-id": "a\tb" + ID}).get("/healthz")
    assert answer["X-Request-ID"].isalnum()
    assert len(answer["X-Request-ID"]) == 32
