"""The environment, read once and typed: every setting the web, workers and scheduler take from outside.

Secrets may also come from a file (`SECRET_KEY_FILE`), as containers hand them over.
"""

from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, PostgresDsn, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parents[2]


class Environment(BaseSettings):
    """All variables; the field names in capitals are the variable names."""

    model_config = SettingsConfigDict(env_prefix="", extra="ignore", frozen=True)

    database_url: PostgresDsn = Field(description="postgres://user:password@host:port/name")
    redis_url: str = Field(description="redis://:password@host:port/0, the broker of hints")
    secret_key: str = Field(default="", description="signs sessions; at least 50 characters")
    secret_key_file: Path | None = None
    allowed_hosts: Annotated[list[str], NoDecode] = Field(default=["127.0.0.1", "localhost"])
    csrf_trusted_origins: Annotated[list[str], NoDecode] = Field(default=[])
    debug: bool = False
    tiebreak_local: bool = Field(
        default=False, description="plain http on loopback: cookies are not marked Secure"
    )
    tiebreak_data_dir: Path = REPOSITORY / "var"
    tiebreak_artifact_dir: Path | None = Field(
        default=None, description="model artifacts and run directories; default DATA_DIR/artifacts"
    )
    enable_admin: bool = Field(default=False, description="serve the back office under /admin/")
    database_pool_max: int = Field(default=12, ge=1, le=200)
    run_lease_seconds: float = Field(
        default=60, gt=0, le=3600, description="a run whose worker is silent this long is given on"
    )
    run_renew_seconds: float = Field(
        default=10, gt=0, le=600, description="how often a worker renews its lease"
    )
    run_backoff_seconds: float = Field(
        default=30, ge=0, le=900, description="pause before the second try; doubles up to 900 s"
    )
    run_stop_seconds: float = Field(
        default=60, gt=0, le=3600, description="time a trainer has to save before it is killed"
    )
    run_trainer: str = Field(
        default="",
        description="command that starts a stage, such as `accelerate launch -m rewardmodel`; "
        "default: this Python with -m rewardmodel",
    )

    webhook_hosts: Annotated[list[str], NoDecode] = Field(
        default=[],
        description="names of receivers that webhooks may reach though they are not on the open "
        "internet, comma-separated",
    )

    @field_validator("allowed_hosts", "csrf_trusted_origins", "webhook_hosts", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    def read_secret_key(self) -> str:
        """The signing key, from the variable or the file."""
        if self.secret_key_file is not None:
            return self.secret_key_file.read_text().strip()
        return self.secret_key

    @property
    def artifact_dir(self) -> Path:
        return self.tiebreak_artifact_dir or self.tiebreak_data_dir / "artifacts"


@lru_cache
def environment() -> Environment:
    """The process environment, validated; raises pydantic.ValidationError naming the variable."""
    return Environment()  # type: ignore[call-arg]  # the source of values is the environment
