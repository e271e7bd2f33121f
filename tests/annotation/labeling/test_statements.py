"""Prepared statements keep Django's errors, and acts are repeated only where that is safe."""

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from annotation.accounts.models import User
from annotation.lib.statements import RETRIES, built, columns_of, fetch_all, fetch_one, retrying

FAIL = "DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END $$"
DEADLOCK, SERIALIZATION, TIMEOUT = "40P01", "40001", "57014"


class Act:
    """Fails with this SQLSTATE, from the server, as often as told; then succeeds."""

    def __init__(self, code: str, times: int) -> None:
        self.code, self.times, self.calls = code, times, 0

    def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self.times:
            with connection.cursor() as cursor:
                cursor.execute(FAIL.format(code=self.code))
        return "done"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("code", [DEADLOCK, SERIALIZATION])
def test_an_act_that_lost_a_deadlock_is_tried_again(code: str) -> None:
    act = Act(code, times=RETRIES - 1)
    assert retrying(act) == "done"
    assert act.calls == RETRIES


@pytest.mark.django_db(transaction=True)
def test_retrying_ends_and_other_errors_are_not_retried() -> None:
    for code, calls in ((DEADLOCK, RETRIES), (TIMEOUT, 1)):
        act = Act(code, times=99)
        with pytest.raises(OperationalError):
            retrying(act)
        assert act.calls == calls


@pytest.mark.django_db
def test_nothing_is_repeated_inside_somebody_elses_transaction() -> None:
    act = Act(DEADLOCK, times=1)
    with pytest.raises(OperationalError), transaction.atomic():
        retrying(act)
    assert act.calls == 1


@pytest.mark.django_db
def test_a_prepared_statement_sees_the_transaction_and_raises_djangos_errors() -> None:
    user = User.objects.create(username="uncommitted", display_name="名")
    query = f"SELECT {columns_of(User, 'u')} FROM accounts_user u WHERE u.username = %s"
    row = fetch_one(query, ["uncommitted"])
    assert row is not None
    again = built(User, row)
    assert (again, again.display_name, again.date_joined) == (user, "名", user.date_joined)
    assert fetch_all(query, ["nobody"]) == []
    prepared = fetch_all("SELECT statement FROM pg_prepared_statements", [])
    assert any("accounts_user u WHERE u.username = $1" in statement for (statement,) in prepared)
    insert = "INSERT INTO accounts_user SELECT * FROM accounts_user WHERE id = %s RETURNING id"
    with pytest.raises(IntegrityError), transaction.atomic():
        fetch_one(insert, [user.pk])
