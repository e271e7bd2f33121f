"""What is a secret is said once: no trainer gets one, and none stands in a log."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import BaseModel, PostgresDsn, SecretStr

from annotation.lib.env import Environment
from workers import trainer
from workers.redaction import HIDDEN, is_secret, redacted

# Every setting that holds a secret, or may: an address may hold a password.
HELD = (
    *("SECRET_KEY", "SECRET_KEY_FALLBACK", "OIDC_CLIENT_SECRET", "METRICS_TOKEN"),
    *("DATABASE_URL", "REDIS_URL", "EMAIL_URL"),
    *("S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY", "MODEL_SERVERS"),
)
IN_FILES = (
    *("SECRET_KEY_FILE", "OIDC_CLIENT_SECRET_FILE", "METRICS_TOKEN_FILE"),
    *("S3_SECRET_ACCESS_KEY_FILE", "MODEL_SERVERS_FILE"),
)
# Of the workers alone, or of programs that they use.
FURTHER = ("HUB_TOKEN", "HUB_TOKEN_FILE", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD")


@pytest.mark.parametrize("name", [*HELD, *IN_FILES, *FURTHER])
def test_a_secret_reaches_no_trainer_and_no_log(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    value = "/run/secrets/one" if name.endswith("_FILE") else "a-value-of-it"
    monkeypatch.setenv(name, value)

    assert name not in trainer.environment()
    assert redacted(f"it says {value}", os.environ) == f"it says {HIDDEN}"


def test_the_settings_are_asked_what_is_a_secret() -> None:
    class Later(BaseModel):
        plain: str
        phrase: SecretStr
        another: SecretStr | None = None
        pin: str = ""
        pin_file: str = ""

    marked = {"PHRASE", "PHRASE_FILE", "ANOTHER", "PIN", "PIN_FILE", "pin"}

    assert all(is_secret(name, Later) for name in marked)
    assert not is_secret("PLAIN", Later)


def test_every_setting_that_may_come_from_a_file_or_holds_a_password_is_a_secret() -> None:
    fields = Environment.model_fields
    kept = {
        name.upper()
        for name, field in fields.items()
        if f"{name}_file" in fields or name.endswith("_file") or field.annotation is PostgresDsn
    }

    assert kept <= {*HELD, *IN_FILES}
    assert {name.upper() for name in fields if is_secret(name)} == {*HELD, *IN_FILES}


def test_what_is_no_secret_reaches_the_trainer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TIEBREAK_SCORER_URLS", "OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES"):
        monkeypatch.setenv(name, "1")
        assert trainer.environment()[name] == "1"


def test_last_words_begin_with_a_whole_line_so_that_no_half_of_a_secret_is_told(
    tmp_path: Path,
) -> None:
    started = object.__new__(trainer.Trainer)
    started.directory = tmp_path
    log = tmp_path / trainer.LOG_FILE
    assert started.last_words() == ""
    log.write_text("first\r\nsecond\n")
    assert started.last_words() == "first\nsecond"
    secret = "sesame-" * 10_000  # longer than what is looked at
    log.write_text(f"the key is {secret}\nout of memory\n")
    assert started.last_words() == "out of memory"
    log.write_text(secret)
    assert started.last_words() == ""
    log.write_text("".join(f"{number}\n" for number in range(20)))
    assert started.last_words(3) == "17\n18\n19"
