"""Django settings: one file, everything variable comes from the environment (lib/env.py)."""

import re
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONCE, NONE, SELF

from annotation.lib.env import REPOSITORY, environment
from annotation.lib.servers import ModelServer, parsed

ENV = environment()
BASE_DIR = REPOSITORY
VERSION = "0.1.0"

SECRET_KEY = ENV.read_secret_key()
SECRET_KEY_FALLBACKS = [ENV.secret_key_fallback] if ENV.secret_key_fallback else []
DEBUG = ENV.debug
ALLOWED_HOSTS = ENV.allowed_hosts
CSRF_TRUSTED_ORIGINS = ENV.csrf_trusted_origins
ARTIFACT_DIR: Path = ENV.artifact_dir
METRICS_TOKEN = ENV.read_metrics_token()
WEBHOOK_HOSTS: list[str] = ENV.webhook_hosts
REDIS_URL = ENV.redis_url
MODEL_SERVERS: dict[str, ModelServer] = parsed(ENV.read_model_servers())

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "allauth.headless",
    "csp",
    "annotation.accounts",
    "annotation.projects",
    "annotation.registry",
    "annotation.corpus",
    "annotation.labeling",
    "annotation.quality",
    "annotation.runs",
    "annotation.delivery",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "annotation.lib.timing.timed",
    "annotation.lib.middleware.request_id",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "annotation.lib.middleware.strict_sign_in",
    "annotation.lib.middleware.PagePolicy",
    "annotation.accounts.middleware.last_seen",
    "annotation.accounts.middleware.back_office_needs_second_factor",
    "allauth.account.middleware.AccountMiddleware",
    "annotation.lib.middleware.no_store_for_api",
]

ROOT_URLCONF = "annotation.urls"
WSGI_APPLICATION = "annotation.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _database() -> dict[str, object]:
    host = ENV.database_url.hosts()[0]
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": (ENV.database_url.path or "/tiebreak").lstrip("/"),
        "USER": host["username"] or "",
        "PASSWORD": host["password"] or "",
        "HOST": host["host"] or "",
        "PORT": host["port"] or 5432,
        "OPTIONS": {
            "pool": {"min_size": 1, "max_size": ENV.database_pool_max, "timeout": 10},
            "options": "-c statement_timeout=15000 -c lock_timeout=3000"
            " -c idle_in_transaction_session_timeout=30000"
            # Statements on hot paths are prepared once (lib/statements.py) and must stay planned.
            " -c plan_cache_mode=force_generic_plan",
            "prepare_threshold": 2**31,  # nothing is prepared unless it asks for it
        },
        "ATOMIC_REQUESTS": False,
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Sign-in throttles live in Postgres: losing Redis must neither open the door nor sign anybody out.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}
}

# --- people -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "annotation.accounts.passwords.MinimumLength",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ACCOUNT_ADAPTER = "annotation.accounts.adapter.InvitedOnly"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("browser",)
HEADLESS_FRONTEND_URLS = {
    "account_confirm_email": "/verify-email/{key}",
    "account_signup": "/",
    "socialaccount_login_error": "/sign-in",
}
# Behind nginx everybody would share its address, and with it the limits of sign-in.
_SECURE = not ENV.tiebreak_local
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if _SECURE else 0
# An office begins its day from one address; an account takes five wrong passwords in five minutes.
ACCOUNT_RATE_LIMITS = {"login": "90/m/ip", "login_failed": "30/m/ip,5/5m/key"}

# --- mail: optional, only invitations are sent ---------------------------------------------------
_MAIL = urlsplit(ENV.email_url)
EMAIL_CONFIGURED = bool(_MAIL.hostname)
EMAIL_HOST, EMAIL_PORT = _MAIL.hostname or "localhost", _MAIL.port or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_MAIL.username or ""), unquote(_MAIL.password or "")
EMAIL_USE_SSL = _MAIL.scheme == "smtps"
EMAIL_USE_TLS = _MAIL.scheme == "smtp" and EMAIL_PORT != 25
EMAIL_TIMEOUT = 5
DEFAULT_FROM_EMAIL = dict(parse_qsl(_MAIL.query)).get("from", "tiebreak@localhost")

# --- second factor ----------------------------------------------------------------------------
REQUIRE_MFA_FOR = ENV.needs_second_factor
MFA_ADAPTER = "annotation.accounts.adapter.SealedFactors"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Tiebreak"
MFA_TOTP_TOLERANCE = 1  # a clock may be half a minute off
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses come from admins; nobody adds their own

# --- single sign-on ---------------------------------------------------------------------------
OIDC_PROVIDER_ID = "sso"
OIDC_ENABLED = bool(ENV.oidc_issuer and ENV.oidc_client_id)
OIDC_NAME = ENV.oidc_name
OIDC_LINK_BY_EMAIL = ENV.oidc_link_by_email
SOCIALACCOUNT_ADAPTER = "annotation.accounts.adapter.KnownIdentitiesOnly"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": OIDC_PROVIDER_ID,
                "name": ENV.oidc_name,
                "client_id": ENV.oidc_client_id,
                "secret": ENV.read_oidc_secret(),
                "settings": {"server_url": ENV.oidc_issuer},
            }
        ]
        if OIDC_ENABLED
        else [],
    }
}

# --- cookies and headers ----------------------------------------------------------------------
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "__Host-sid" if _SECURE else "tiebreak_sid"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_NAME = "__Host-csrf" if _SECURE else "tiebreak_csrf"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "no-referrer"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = _SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if _SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _SECURE else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/admin/"],  # the back office needs inline scripts; staff only
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, NONCE],  # lib/pages.py says what the nonce is for
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "base-uri": [NONE],
        # the button of single sign-on is a form that the provider answers
        "form-action": [SELF, *([_origin(ENV.oidc_issuer)] if OIDC_ENABLED else [])],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
# Files come as raw bodies of the import endpoint; a multipart form is never written to disk.
FILE_UPLOAD_HANDLERS: list[str] = []

# --- language ---------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
USE_TZ = True
TIME_ZONE = "UTC"

# --- files ------------------------------------------------------------------------------------
FRONTEND_DIST = BASE_DIR / "frontend" / "dist"
STATIC_URL = "/static/"
STATICFILES_DIRS = [("app", FRONTEND_DIST)] if FRONTEND_DIST.is_dir() else []
WHITENOISE_USE_FINDERS = True
# Vite names its files by content hash, so browsers may keep them for good.
_HASHED_FILE = re.compile(r"^/static/app/assets/.+-[\w-]{8,}\.\w+$")


def WHITENOISE_IMMUTABLE_FILE_TEST(path: str, url: str) -> bool:  # noqa: N802 (a setting's name)
    return bool(_HASHED_FILE.match(url))


# --- API --------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "annotation.accounts.api.authentication.BearerToken",
        "annotation.accounts.api.authentication.Session",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["annotation.lib.api.DenyAll"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["annotation.lib.api.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "annotation.lib.api.Cursor",
    "DEFAULT_SCHEMA_CLASS": "annotation.lib.schema.ProblemAwareSchema",
    "EXCEPTION_HANDLER": "annotation.lib.problems.problem_response",
    "PAGE_SIZE": 50,
    "UNICODE_JSON": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Tiebreak",
    "VERSION": VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "PromptBulkKind": "annotation.corpus.api.prompt_forms.BULK",
        "Language": "annotation.projects.models.Language.choices",
        "LabelingMode": "annotation.projects.models.Mode",
        "LabelingStep": "annotation.projects.models.Step",
        "Device": "annotation.labeling.models.Presentation.Device",
        "ProjectState": "annotation.projects.models.Project.State",
        "ItemKind": "annotation.labeling.models.Item.Kind",
        "ItemState": "annotation.labeling.models.Item.State",
        "PracticeKind": "annotation.quality.models.PracticeItem.Kind",
        "SkipReason": "annotation.labeling.models.Skip.Reason",
        "ReportReason": "annotation.labeling.models.Report.Reason",
        "ReportState": "annotation.labeling.models.Report.State",
        "JudgmentState": "annotation.labeling.models.Ranking.State",
        "WebhookState": "annotation.delivery.models.WebhookEndpoint.State",
        "WebhookMessageState": "annotation.delivery.models.WebhookMessage.State",
        "RelabelRule": "annotation.quality.models.RelabelPlan.Rule",
        "NoteReason": "annotation.quality.models.FeedbackNote.Reason",
        "NoteAnswer": "annotation.quality.models.FeedbackNote.Answer",
        "OpinionReason": "annotation.quality.models.BoughtOpinion.Reason",
        "OverlapMode": "annotation.quality.models.OverlapSettings.Mode",
        "ReviewReason": "annotation.quality.review_models.REASON_CHOICES",
        "RunRequestKindEnum": "annotation.runs.api.serializers.STARTABLE",
        "JudgmentKind": [("ranking", "ranking"), ("demonstration", "demonstration")],
        "RowKind": [
            (kind, kind) for kind in ("prompts", "completions", "rankings", "demonstrations")
        ],
        "RunKindEnum": "annotation.runs.models.Run.Kind",
        "RunStatusEnum": "annotation.runs.models.Run.Status",
        "TrialState": "annotation.runs.models.Trial.State",
        "VersionStatusEnum": "annotation.registry.models.ModelVersion.Status",
        "DecodingStrategy": "annotation.corpus.models.SamplingPlan.Strategy",
        "VersionKindEnum": "annotation.registry.models.ModelVersion.Kind",
        "RoundPlanState": "annotation.runs.models.RoundPlan.State",
        "RoundTrigger": "annotation.runs.models.RoundPlan.Trigger",
        "RoundPolicyKind": "annotation.runs.models.RoundPlan.PolicyKind",
        "RoundStepOfPlan": "annotation.runs.models.Step",
        "RoundStepSeen": "annotation.runs.api.round_serializers.STEP_CHOICES",
        "RoundPlaceName": "annotation.runs.api.round_serializers.PLACE_CHOICES",
        "RoundStepState": "annotation.runs.api.round_serializers.STATE_CHOICES",
        "RoundGateName": "annotation.runs.api.round_serializers.GATE_CHOICES",
        "OutcomeEnum": "annotation.quality.models.Adjudication.Outcome",
        "RoundOutcome": "annotation.runs.models.Round.Outcome",
        "RoundEventKind": "annotation.runs.models.RoundEvent.Kind",
    },
}

# --- background work --------------------------------------------------------------------------
# All values and their reasons: docs/runbook.md, "Queues".
CELERY = {
    "broker_url": REDIS_URL,
    "result_backend": None,
    "task_ignore_result": True,
    "task_serializer": "json",
    "accept_content": ["json"],
    "task_create_missing_queues": False,
    "task_default_queue": "short",
    "worker_enable_remote_control": False,
    "worker_send_task_events": False,
    "worker_prefetch_multiplier": 1,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "visibility_timeout": 900,
    "broker_transport_options": {
        "visibility_timeout": 900,
        "socket_timeout": 30,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 10,
        "retry_on_timeout": True,
        "global_keyprefix": "tiebreak:",
    },
    "task_publish_retry_policy": {
        "max_retries": 2,
        "interval_start": 0,
        "interval_step": 0.1,
        "interval_max": 0.2,
    },
    "enable_utc": True,
    "worker_hijack_root_logger": False,
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"}
    },
    "filters": {"of request": {"()": "annotation.lib.logs.OfRequest"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["of request"],
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        # scanners that ask for the bare address: fifty lines each would push out what matters
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}

UNFOLD = {"SITE_TITLE": "Tiebreak", "SITE_HEADER": "Tiebreak back office"}
