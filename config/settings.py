"""All settings, from the environment. README's table documents each variable."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from apps.counting.addresses import IPV6_NETWORK
from config import environment
from config.environment import env
from config.logs import logging_settings

BASE_DIR = Path(__file__).resolve().parent.parent

# Development mode: missing secrets are generated, cookies work over plain http, the style guide is served.
DEVELOPMENT = env.bool("DEBUG", True)
# Django's own debug pages print local variables, secrets among them, and answer API paths in HTML: never on.
DEBUG = False

DATA_DIR = environment.directory("DATA_DIR", BASE_DIR / "var")

# --- Secrets -----------------------------------------------------------------------------------------------

SECRET_KEY = environment.secret("SECRET_KEY", data_dir=DATA_DIR, generate=DEVELOPMENT)
_PEPPERS = environment.secret("PEPPERS", data_dir=DATA_DIR, generate=DEVELOPMENT, extra_text="1:")
PEPPERS = environment.numbered_secrets("PEPPERS", _PEPPERS)
PEPPER_FOR_NEW = environment.number("PEPPER_FOR_NEW", 0)  # 0: the highest
if PEPPER_FOR_NEW and PEPPER_FOR_NEW not in PEPPERS:
    raise ImproperlyConfigured(f"PEPPER_FOR_NEW is {PEPPER_FOR_NEW}, and PEPPERS has no secret of this number.")
if not DEVELOPMENT:
    environment.refuse_weak("SECRET_KEY", SECRET_KEY)

# --- Where it is served --------------------------------------------------------------------------------------

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"] if DEVELOPMENT else [])
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS is not set. In production (DEBUG=0) name the hosts this server answers for, "
        "separated by commas: ALLOWED_HOSTS=captcha.example.com."
    )
TRUSTED_PROXIES = environment.number("TRUSTED_PROXIES", 0)
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

BASE_URL = environment.base_url(ALLOWED_HOSTS, development=DEVELOPMENT)

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False  # an API path is never redirected; a page that lacks its slash is found by the 404 handler
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576  # bytes

INSTALLED_APPS = [
    "apps.dashboard",
    "apps.api",
    "apps.protection",
    "apps.tasks",
    "apps.ocr",
    "apps.sites",
    "apps.credits",
    "apps.api_keys",
    "apps.accounts",
    "apps.permissions",
    "apps.audit",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
]

MIDDLEWARE = [
    "config.middleware.EdgeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.AddressMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.PageSessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "config.middleware.PageAuthenticationMiddleware",
    "config.middleware.PageMessageMiddleware",
    "config.middleware.PageHtmxMiddleware",
    "config.middleware.PageSessionLimitsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.dashboard.shell.shell",
            ],
            "builtins": ["apps.dashboard.templatetags.gatehouse"],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"],
                ),
            ],
        },
    },
]

# --- Data ------------------------------------------------------------------------------------------------------

DATABASES = {"default": environment.database(environment.text("DATABASE_URL"), data_dir=DATA_DIR)}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}
TASKS_ARE_ON_REDIS = environment.tasks_are_on_redis()
TASKS = environment.tasks(on_redis=TASKS_ARE_ON_REDIS)
RQ_QUEUES = {"default": {"URL": environment.redis_url()}} if TASKS_ARE_ON_REDIS else {}

# --- Signing in ------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["apps.accounts.hashing.BoundedArgon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "overview"

ACCOUNT_ADAPTER = "apps.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if DEVELOPMENT else "https"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_CHANGE_EMAIL = True
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
ALLAUTH_RATE_LIMIT_IPV6_PREFIX = IPV6_NETWORK  # what `ip` below means; the API counts alike
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600  # seconds; a sign-in counts too (apps/accounts/confirmation.py)
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/300s/key",  # key: the address, or the person whose second factor is asked for
    "reauthenticate": "10/m/user",
    "reset_password": "20/m/ip,5/m/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "manage_email": "10/m/user",
    "confirm_email": "1/3m/key",
    "signup": "20/m/ip",
}
SIGNUP_IS_OPEN = env.bool("SIGNUP_IS_OPEN", False)

MFA_ADAPTER = "apps.accounts.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
# Nobody signs in here with an unconfirmed address, and people with a second factor may change theirs.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RATE_LIMITS = {"webauthn_login": "10/m/ip"}
MFA_FORMS = {
    "activate_totp": "apps.accounts.factor_forms.ActivateAuthenticatorForm",
    "add_webauthn": "apps.accounts.factor_forms.AddPasskeyForm",
    "authenticate_webauthn": "apps.accounts.factor_forms.SecondFactorPasskeyForm",
    "login_webauthn": "apps.accounts.factor_forms.PasskeyAloneForm",
    "reauthenticate_webauthn": "apps.accounts.factor_forms.ConfirmingPasskeyForm",
}
USERSESSIONS_ADAPTER = "apps.accounts.factor_events.SessionsAdapter"
USERSESSIONS_TRACK_ACTIVITY = True
SESSION_IDLE_HOURS = env.int("SESSION_IDLE_HOURS", 12)

OIDC_ISSUER = env.str("OIDC_ISSUER", "").rstrip("/")
OIDC_NAME = env.str("OIDC_NAME", "single sign-on")
SOCIALACCOUNT_ADAPTER = "apps.accounts.sign_on.SignOnAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True  # found by a verified address once, by the subject from then on
SOCIALACCOUNT_LOGIN_ON_GET = True  # a form may post only here (form-action), so the way to the service is a link
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5  # seconds
SOCIALACCOUNT_PROVIDERS = environment.sign_on(OIDC_ISSUER, OIDC_NAME, development=DEVELOPMENT)

# --- Cookies and transport -------------------------------------------------------------------------------------

_PREFIX = "" if DEVELOPMENT else "__Host-"
SESSION_COOKIE_NAME = f"{_PREFIX}gatehouse_session"
SESSION_COOKIE_AGE = 14 * 24 * 3600  # seconds
SESSION_COOKIE_SECURE = not DEVELOPMENT
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{_PREFIX}gatehouse_csrf"
CSRF_COOKIE_SECURE = not DEVELOPMENT
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "apps.dashboard.errors.csrf_failure"
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 0 if DEVELOPMENT else 63_072_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SILENCED_SYSTEM_CHECKS = [
    "security.W002",  # X-Frame-Options: the content security policy says frame-ancestors 'none'
    "security.W005",  # HSTS for subdomains is the domain owner's to decide, not one host's
    "security.W008",  # the redirect to https is the proxy's; an API path is never redirected
    "security.W021",  # HSTS preload, likewise
]

# --- Limits ----------------------------------------------------------------------------------------------------

API_REQUESTS_PER_MINUTE = environment.number("API_REQUESTS_PER_MINUTE", 1200)  # a key
VERIFY_REQUESTS_PER_MINUTE = environment.number("VERIFY_REQUESTS_PER_MINUTE", 6000)  # a site
CHALLENGE_REQUESTS_PER_MINUTE = environment.number("CHALLENGE_REQUESTS_PER_MINUTE", 600)  # an address
REFUSED_REQUESTS_PER_MINUTE = environment.number(
    "REFUSED_REQUESTS_PER_MINUTE", 120
)  # an address, with wrong credentials

OCR_PRICE = environment.number("OCR_PRICE", 1)  # credits a task that reads text; 0 makes them free
# From which on a group of visitors becomes a suggested rule (apps/protection/proposing.py).
SUGGESTION_ATTEMPTS = environment.number("SUGGESTION_ATTEMPTS", 20)  # of one address in 24 hours; larger groups more
SUGGESTION_FAILURE_PERCENT = environment.number("SUGGESTION_FAILURE_PERCENT", 60)
SUGGESTION_TIMES_THE_REST = environment.number("SUGGESTION_TIMES_THE_REST", 3)  # the share of the site's others

MOST_RULES_PER_ACCOUNT = environment.number("MOST_RULES_PER_ACCOUNT", 100_000)  # access rules

VERIFY_DOMAIN_DNS = env.bool("VERIFY_DOMAIN_DNS", False)  # whether a property's domain must have an address

# MMDB files that say where an address is (docs/operating.md); empty for none.
GEOIP_COUNTRY_DB = env.str("GEOIP_COUNTRY_DB", "")
GEOIP_ASN_DB = env.str("GEOIP_ASN_DB", "")

# How much a process that is killed loses of what it counted (apps/api_keys/usage.py); 0 leaves it to `flush`.
KEY_USAGE_IS_FLUSHED_EVERY_SECONDS = 3

# The header in which the proxy in front passes on a visitor's JA4 fingerprint, and lets through none of a visitor's.
JA4_HEADER = environment.text("JA4_HEADER")

# --- Records and traffic ---------------------------------------------------------------------------------------

RECORD_IP = environment.one_of("RECORD_IP", ("full", "truncated", "none"))  # how much of visitors' addresses is kept
RECORDS_ARE_KEPT_DAYS = environment.number("RECORDS_ARE_KEPT_DAYS", 30)
TRAFFIC_IS_KEPT_DAYS = environment.number("TRAFFIC_IS_KEPT_DAYS", 730)  # by the day; by the hour for 90 of them
RECORDS_ARE_FLUSHED_EVERY_SECONDS = 2  # how much a process that is killed loses of them; 0 leaves it to `flush`

# --- Mail ------------------------------------------------------------------------------------------------------

MAIL_IS_SET_UP = bool(environment.text("EMAIL_URL"))
vars().update(environment.mail(environment.text("EMAIL_URL"), development=DEVELOPMENT))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Gatehouse <gatehouse@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Files, language, logs -------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LOGGING_CONFIG = "config.logs.configure"
LOGGING = logging_settings(env.str("LOG_FORMAT", "console" if DEVELOPMENT else "json"), env.str("LOG_LEVEL", "INFO"))
