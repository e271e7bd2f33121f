"""The environment, read once and typed: every setting the web, workers and scheduler take from outside.

Secrets may also come from a file (`SECRET_KEY_FILE`), as containers hand them over.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

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
    secret_key_fallback: str = Field(
        default="",
        description="the signing key before this one: what it sealed can still be opened",
    )
    debug: bool = False
    tiebreak_local: bool = Field(
        default=False, description="plain http on loopback: cookies are not marked Secure"
    )
    tiebreak_data_dir: Path = REPOSITORY / "var"
    tiebreak_artifact_dir: Path | None = Field(
        default=None, description="model artifacts and run directories; default DATA_DIR/artifacts"
    )
    require_mfa_for: Annotated[list[str], NoDecode] | None = Field(
        default=None,
        description="roles that count only with a second factor, of admin, ml, reviewer, labeler and "
        "staff; default: admin,ml,staff, and none under TIEBREAK_LOCAL",
    )
    oidc_issuer: str = Field(
        default="", description="single sign-on: the provider's issuer address"
    )
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_client_secret_file: Path | None = None
    oidc_name: str = Field(default="Single sign-on", description="the words on the button")
    oidc_link_by_email: bool = Field(
        default=False,
        description="tie an unknown identity to the one account with its verified address",
    )
    email_url: str = Field(
        default="",
        description="smtp://user:password@host:587/?from=tiebreak@example.com (smtps: TLS from the "
        "start); without it nothing is mailed",
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
    run_gather_seconds: float = Field(
        default=300,
        ge=0,
        le=86_400,
        description="how long a run of several hosts holds its worker while others are to join it",
    )
    run_trainer: str = Field(
        default="",
        description="command that starts a stage, such as `accelerate launch -m rewardmodel`; "
        "default: this Python with -m rewardmodel",
    )

    accelerate_configs: Path | None = Field(
        default=None,
        description="a folder of accelerate configurations (YAML) that runs may be started with; the "
        "web reads it, workers get the text with the run",
    )
    tiebreak_worker_class: Literal["", "cpu", "gpu"] = Field(
        default="", description="the hardware of this worker; default: looked for"
    )
    tiebreak_worker_address: str = Field(
        default="",
        description="the name or address by which workers on other hosts reach this one; default: "
        "that of the interface towards the database",
    )
    tiebreak_worker_ports: str = Field(
        default="",
        pattern=r"^(\d{1,5}-\d{1,5})?$",
        description="ports such as 29500-29599 where the processes of several hosts may meet; default: "
        "any that is free",
    )
    run_keep_seconds: float = Field(
        default=300,
        ge=0,
        le=86_400,
        description="with S3: how often the state of a running job goes into the storage, at most",
    )
    s3_bucket: str = Field(
        default="",
        description="keep artifacts, uploads and checkpoints in this bucket of S3-compatible storage; "
        "without it they are kept in TIEBREAK_ARTIFACT_DIR",
    )
    s3_endpoint: str = Field(
        default="", description="its address, such as https://minio.example.com; default: AWS"
    )
    s3_prefix: str = Field(default="", description="below which all keys lie, such as tiebreak")
    s3_region: str = "us-east-1"
    s3_access_key_id: str = Field(
        default="", description="without it the keys of the machine's own role are used"
    )
    s3_secret_access_key: str = ""
    s3_secret_access_key_file: Path | None = None
    tiebreak_cache_gb: float = Field(
        default=50,
        gt=0,
        description="with S3: how much of it a machine keeps in TIEBREAK_ARTIFACT_DIR, in 10^9 bytes",
    )

    metrics_token: str = Field(
        default="",
        description="what Prometheus sends to read /metrics; without it nobody reads them",
    )
    metrics_token_file: Path | None = None
    webhook_hosts: Annotated[list[str], NoDecode] = Field(
        default=[],
        description="names of receivers that webhooks may reach though they are not on the open "
        "internet, comma-separated",
    )
    model_servers: str = Field(
        default="",
        description="servers that run policies, as a JSON list; docs/runbook.md says how. No keys",
    )
    model_servers_file: Path | None = None
    hub_endpoint: str = Field(
        default="https://huggingface.co", description="the hub that versions are pushed to"
    )
    hub_organisation: str = Field(
        default="",
        description="whose repositories they become; without it nothing is pushed. The token is the "
        "workers' alone: HUB_TOKEN or HUB_TOKEN_FILE",
    )

    @field_validator(
        "allowed_hosts", "csrf_trusted_origins", "webhook_hosts", "require_mfa_for", mode="before"
    )
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @field_validator("hub_endpoint")
    @classmethod
    def _plain_hub(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise ValueError("must be an http or https address without a user")
        return value.rstrip("/")

    @field_validator("hub_organisation")
    @classmethod
    def _plain_organisation(cls, value: str) -> str:
        if value and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}", value):
            raise ValueError("must be a name of letters, digits, dots, dashes and underscores")
        return value

    @field_validator("require_mfa_for")
    @classmethod
    def _known_roles(cls, value: list[str] | None) -> list[str] | None:
        unknown = set(value or ()) - {"admin", "ml", "reviewer", "labeler", "staff"}
        if unknown:
            raise ValueError(f"no such role: {', '.join(sorted(unknown))}")
        return value

    def read_secret_key(self) -> str:
        """The signing key, from the variable or the file."""
        if self.secret_key_file is not None:
            return self.secret_key_file.read_text().strip()
        return self.secret_key

    def read_metrics_token(self) -> str:
        """What a scrape of /metrics must bring, from the file or the variable."""
        if self.metrics_token_file is not None:
            return self.metrics_token_file.read_text().strip()
        return self.metrics_token

    def read_model_servers(self) -> str:
        """The list of servers, from the file or the variable."""
        if self.model_servers_file is not None:
            return self.model_servers_file.read_text()
        return self.model_servers

    def read_oidc_secret(self) -> str:
        """What the provider knows this installation by, from the file or the variable."""
        if self.oidc_client_secret_file is not None:
            return self.oidc_client_secret_file.read_text().strip()
        return self.oidc_client_secret

    def read_s3_secret(self) -> str:
        """What belongs to S3_ACCESS_KEY_ID, from the file or the variable."""
        if self.s3_secret_access_key_file is not None:
            return self.s3_secret_access_key_file.read_text().strip()
        return self.s3_secret_access_key

    @property
    def needs_second_factor(self) -> frozenset[str]:
        """The roles that count only with a second factor; unknown names are refused at the start."""
        if self.require_mfa_for is None:
            return frozenset() if self.tiebreak_local else frozenset({"admin", "ml", "staff"})
        return frozenset(self.require_mfa_for)

    @property
    def artifact_dir(self) -> Path:
        return self.tiebreak_artifact_dir or self.tiebreak_data_dir / "artifacts"


@lru_cache
def environment() -> Environment:
    """The process environment, validated; raises pydantic.ValidationError naming the variable."""
    return Environment()  # type: ignore[call-arg]  # the source of values is the environment
