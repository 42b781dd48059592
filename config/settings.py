"""Every setting, read from the environment once. Closed by default: a missing secret stops the start."""

import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from config.database_address import host_and_port
from config.refusals import TOOL_KEY

ROOT = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("YICHUANG_VAR", ROOT / "var"))
FILES_DIR = Path(os.environ.get("YICHUANG_FILES", VAR_DIR / "files"))
# Below it a folder for each system that reports by files; several hosts need the same one, as those of files and keys.
EXCHANGE_DIR = Path(os.environ.get("YICHUANG_EXCHANGE_DIR", VAR_DIR / "exchange"))
FONTS_DIR = Path(os.environ.get("YICHUANG_FONTS", ROOT / "var" / "assets" / "fonts"))
ASSETS_DIR = ROOT / "var" / "assets"
# Files and keys are the only state outside the database: several hosts need the same two folders. Keys: `VAR_DIR/keys`
# unless said otherwise.
KEYS_DIR = Path(os.environ["YICHUANG_KEYS"]) if os.environ.get("YICHUANG_KEYS") else None

# A developer's machine: what `config.guard` refuses elsewhere (DEBUG, short secrets, a fast and forgetful database) warns.
DEVELOPMENT = os.environ.get("YICHUANG_DEVELOPMENT") == "1"
DEBUG = os.environ.get("YICHUANG_DEBUG") == "1"
DEMO = os.environ.get("YICHUANG_DEMO") == "1"
DEMO_CLOCK = DEMO
TESTING = "pytest" in sys.modules

SECRET_KEY = os.environ.get("SECRET_KEY", "")
if not SECRET_KEY and (TESTING or os.environ.get("YICHUANG_TOOL") == "1"):
    SECRET_KEY = TOOL_KEY
FOLLOW_SECRET = os.environ.get("FOLLOW_SECRET") or SECRET_KEY
ALLOWED_HOSTS = [host for host in os.environ.get("ALLOWED_HOSTS", "127.0.0.1,localhost").split(",") if host]
if TESTING:
    ALLOWED_HOSTS.append("testserver")


# How long one statement may take: five seconds where people wait for a page (`config.wsgi` says so), longer for tools.
STATEMENT_SECONDS = int(os.environ.get("YICHUANG_STATEMENT_SECONDS", "30"))
# After that a database that has said nothing is taken for lost; connecting may take CONNECT_SECONDS more, so that a
# request ends within ten seconds whatever has become of the other side.
DATABASE_PATIENCE_SECONDS = STATEMENT_SECONDS + 1
CONNECT_SECONDS = 3


def database(url: str, *, reads_only: bool = False) -> dict[str, Any]:
    """Django's description of a `postgresql://` address, with real prepared statements and network limits.

    Several hosts (`postgresql://u:p@one:5432,two:5432/db`): whichever of them is the primary when a connection is opened.
    The folder of a socket of this machine stands as a host with its slashes encoded: `@%2Fvar%2Frun%2Fpostgresql:5432`.
    """
    parts = urlsplit(url)
    host, port = host_and_port(url)
    return {
        "ENGINE": "config.postgres",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": port,
        # A busy connection holds 12 MB soon, 25 after three minutes and 28 after ten, plans and what is known of tables; a new one costs a moment.
        "CONN_MAX_AGE": int(os.environ.get("YICHUANG_CONNECTION_AGE", "120")),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            # Django sets None here, which switches prepared statements off even where they are asked for.
            "prepare_threshold": 1,
            "connect_timeout": CONNECT_SECONDS,
            "tcp_user_timeout": 5000,
            # A connection that lies idle notices a dead wire too.
            "keepalives_idle": 10,
            "keepalives_interval": 3,
            "keepalives_count": 3,
            **({"target_session_attrs": "read-write"} if "," in host and not reads_only else {}),
            "options": f"-c statement_timeout={STATEMENT_SECONDS * 1000} "
            f"-c lock_timeout={min(5, STATEMENT_SECONDS - 1) * 1000} "
            "-c idle_in_transaction_session_timeout=60000"
            + (" -c default_transaction_read_only=on" if reads_only else ""),
        },
    }


DATABASE_URL = os.environ.get("DATABASE_URL", "postgresql://yichuang_app@127.0.0.1:5432/yichuang")
DATABASES = {"default": database(DATABASE_URL)}
# A streaming replica for figures, search and exports (`yichuang.kernel.replica`); how far it may be behind.
REPLICA_DATABASE_URL = os.environ.get("REPLICA_DATABASE_URL", "")
REPLICA_LAG_SECONDS = float(os.environ.get("YICHUANG_REPLICA_LAG_SECONDS", "10"))
if REPLICA_DATABASE_URL:
    DATABASES["replica"] = database(REPLICA_DATABASE_URL, reads_only=True)
DATABASE_ROUTERS = ["yichuang.kernel.replica.Router"]
DATABASE_ROLES = {
    role: os.environ.get(f"YICHUANG_ROLE_{role.upper()}", f"yichuang_{role}")
    for role in ("owner", "app", "report", "audit")
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "axes",
    "csp",
    "yichuang.journal",
    "yichuang.workdays",
    "yichuang.directory",
    "yichuang.catalogue",
    "yichuang.notices",
    "yichuang.cases",
    "yichuang.intake",
    "yichuang.halls",
    "yichuang.feedback",
    "yichuang.programmes",
    "yichuang.exchange",
    "yichuang.statistics",
    "yichuang.reports",
    "yichuang.exports",
    "yichuang.effects",
    "yichuang.home",
]
ROOMS = [app.rpartition(".")[2] for app in INSTALLED_APPS if app.startswith("yichuang.")]

# How many reverse proxies stand before the site: the address of a visitor is the one that the outermost of them saw.
PROXIES = int(os.environ.get("YICHUANG_PROXIES", "0"))
MIDDLEWARE = [
    *(["config.proxies.BehindProxies"] if PROXIES else []),
    "django.middleware.security.SecurityMiddleware",
    "config.page_doors.Policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.page_doors.Sessions",
    "config.page_doors.Forms",
    "config.page_doors.SignedIn",
    "config.page_doors.Words",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.front_door.FrontDoor",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [ROOT / "yichuang" / room / "templates" for room in ROOMS],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "config.jinja.environment",
            "context_processors": [
                "config.jinja.form_marks",
                "django.contrib.messages.context_processors.messages",
                "yichuang.home.queries.frame",
            ],
        },
    },
]

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
# Files are served from where they lie; nothing is collected.
STATIC_ROOT = None
STATICFILES_DIRS = [path for path in (ASSETS_DIR / "public",) if path.is_dir()]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

AUTH_USER_MODEL = "directory.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if TESTING
    else [
        "django.contrib.auth.hashers.ScryptPasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]
)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/sign-in"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "yichuang.home.pages.sign_in.locked_out"
AXES_ENABLED = not TESTING
AXES_VERBOSE = False

MESSAGE_STORAGE = "config.told.Told"
SESSION_ENGINE = "config.sessions"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "yichuang.home.pages.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
HTTPS = os.environ.get("YICHUANG_HTTPS") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
UPLOAD_LIMIT_BYTES = 20 * 1024 * 1024

# The hash of seals: sha256, or sm3 (GB/T 32905) where the installation must use it; each seal names its own.
SEAL_ALGORITHM = os.environ.get("YICHUANG_SEAL_ALGORITHM", "sha256")
# Where signed heads of the journal go at once: a folder (best on a disk that somebody else owns), and an address. One
# witness knows one database; `make run` gives the folder `var/witness`.
WITNESS_DIR = Path(os.environ["YICHUANG_WITNESS_DIR"]) if os.environ.get("YICHUANG_WITNESS_DIR") else None
WITNESS_WEBHOOK = os.environ.get("YICHUANG_WITNESS_WEBHOOK", "")
# Networks of the own house to which webhooks may be posted all the same, by plain http too: "10.1.2.0/24,10.1.3.7/32".
WEBHOOK_NETWORKS = [
    one.strip() for one in os.environ.get("YICHUANG_WEBHOOK_NETWORKS", "").split(",") if one.strip()
]

MESSAGE_SENDER = os.environ.get("YICHUANG_MESSAGE_SENDER", "local")

# Counts of tries (codes guessed, complaints sent) hold for all processes of all hosts together.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache" if TESTING else "config.counters.Counters"
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("YICHUANG_LOG", "WARNING")},
}

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
