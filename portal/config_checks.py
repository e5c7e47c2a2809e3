"""Whether the settings fit together: what must not be started so, and what may have been set up by mistake."""

import os
import re
from email.utils import parseaddr
from typing import TYPE_CHECKING

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from .secret_files import readable_by_all
from .secret_keys import ConfigError, key_of

if TYPE_CHECKING:
    from .config import Config

_FEWEST_BYTES = 8
"""Different bytes of a key: of 32 random ones hardly ever fewer than 24 are."""

_MOST_PORT = 65_535
_LEAST_AUDIT_DAYS = 183
_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_DATABASES = ("postgresql+psycopg://", "sqlite:///")
_COUNTERS = ("memory://", "redis://", "rediss://", "redis+unix://", "redis+sentinel://", "redis+cluster://")
_SHORTEST_TOKEN = 24
_ROLES = (
    *("reception", "consultant", "channel_manager", "finance", "approver", "cashier"),
    *("administrator", "privacy_officer"),
    *("principal", "broker", "referrer"),
)


def check(config: "Config") -> None:
    """Whether the portal can be started so. Raises ConfigError, which names the setting."""
    if config.env not in {"production", "development"}:
        raise ConfigError(f"PORTAL_ENV is {config.env!r}: it must be production or development")
    if config.default_locale not in {"zh_Hans_CN", "en"}:
        raise ConfigError(f"PORTAL_DEFAULT_LOCALE is {config.default_locale!r}: it must be zh_Hans_CN or en")
    for name in ("brand_primary", "brand_accent"):
        if not re.fullmatch("#[0-9A-Fa-f]{6}", getattr(config, name)):
            raise ConfigError(f"PORTAL_{name.upper()} is {getattr(config, name)!r}: it must be a colour like #0F5E6E")
    if config.production and len(config.secret_key) < 32:
        raise ConfigError("PORTAL_SECRET_KEY is too short: use 32 random characters or more")
    if config.log_level not in _LOG_LEVELS:
        raise ConfigError(f"PORTAL_LOG_LEVEL is {config.log_level!r}: it must be {', '.join(_LOG_LEVELS)}")
    if config.metrics_token and len(config.metrics_token) < _SHORTEST_TOKEN:
        raise ConfigError(f"PORTAL_METRICS_TOKEN is too short: use {_SHORTEST_TOKEN} random characters or more")
    _check_second_factor(config)
    _check_numbers(config)
    _check_addresses(config)
    _check_face_index(config)
    _check_sms(config)
    _check_mail(config)
    _check_wechat(config)
    _check_wechat_sign_in(config)
    _check_wecom(config)
    _check_company_sign_in(config)
    _check_webhooks(config)
    config.vault()
    config.signer()
    if config.production:
        _check_keys(config)


def doubts(config: "Config") -> list[str]:
    """What a production server may have been set up with by mistake, a sentence each."""
    said = []
    if config.production and config.trusted_proxies == 0:
        said.append(
            "PORTAL_TRUSTED_PROXIES is 0: behind a proxy everybody seems to come from the proxy, and limits count "
            "all of them as one"
        )
    if config.production and config.limits_storage.startswith("memory://") and config.workers > 1:
        said.append(
            f"PORTAL_LIMITS_STORAGE is {config.limits_storage!r}: each of the {config.workers} processes counts for "
            "itself, so that limits are that much wider; file:// counts for all of this host"
        )
    said += [
        f"{name}_FILE: everybody on this machine may read that file; let it be its owner's alone (chmod 600)"
        for name in readable_by_all(os.environ)
    ]
    return said


def _check_keys(config: "Config") -> None:
    """A key that anybody would try is none; and one that serves two ends opens both where it is lost."""
    named = [("PORTAL_DATA_KEYS", part) for part in config.data_keys.split(",")]
    named += [("PORTAL_INDEX_KEY", part) for part in config.index_key.split(",")]
    named += [("PORTAL_SIGNING_KEY", config.signing_key)]
    keys = [(name, key_of(name, text)) for name, text in named] + [("PORTAL_SECRET_KEY", config.secret_key.encode())]
    for name, key in keys:
        if len(set(key)) < _FEWEST_BYTES:
            raise ConfigError(f"{name} is not random: make it by portal secrets")
    texts = [(name, text) for name, text in named] + [("PORTAL_SECRET_KEY", config.secret_key)]
    for place, (name, text) in enumerate(texts):
        if text in [other for _, other in texts[:place]]:
            raise ConfigError(f"{name} is the same as another key: each needs its own, portal secrets makes them")


def _check_second_factor(config: "Config") -> None:
    if config.production and config.step_up_minutes < 1:
        raise ConfigError("PORTAL_STEP_UP_MINUTES is 0: in production who moves money proves anew who he is")
    if config.second_factor not in {"", "required", "offered"}:
        raise ConfigError(f"PORTAL_SECOND_FACTOR is {config.second_factor!r}: it must be required or offered")
    unknown = set(config.second_factor_roles.split(",")) - set(_ROLES)
    if unknown:
        raise ConfigError(f"PORTAL_SECOND_FACTOR_ROLES names no role: {', '.join(map(repr, sorted(unknown)))}")


def _check_numbers(config: "Config") -> None:
    for name in ("session_days", "idle_minutes", "idle_hours"):
        if getattr(config, name) < 1:
            raise ConfigError(f"PORTAL_{name.upper()} is {getattr(config, name)}: nobody could stay signed in")
    for name, least in config.health_limits().items():
        if least < 1 and name != "health_backup_hours":
            raise ConfigError(f"PORTAL_{name.upper()} is {least}: everything would always be late")
    for name in ("workers", "threads", "upload_mb"):
        if getattr(config, name) < 1:
            raise ConfigError(f"PORTAL_{name.upper()} is {getattr(config, name)}: nothing would be answered")
    if config.audit_address_days < _LEAST_AUDIT_DAYS:
        raise ConfigError(
            f"PORTAL_AUDIT_ADDRESS_DAYS is {config.audit_address_days}: the law asks for half a year, so for "
            f"{_LEAST_AUDIT_DAYS} days at least"
        )
    if config.mail_port > _MOST_PORT:
        raise ConfigError(f"PORTAL_MAIL_PORT is {config.mail_port}: the largest port is {_MOST_PORT}")


def _check_addresses(config: "Config") -> None:
    if not re.fullmatch(r"https?://[^/\s]+(/\S*)?", config.base_url):
        raise ConfigError(f"PORTAL_BASE_URL is {config.base_url!r}: it must be a web address")
    try:
        make_url(config.url)
    except (ArgumentError, ValueError) as error:
        raise ConfigError("PORTAL_DATABASE_URL cannot be read as a database's address") from error
    if not config.url.startswith(_DATABASES):
        raise ConfigError("PORTAL_DATABASE_URL is of another kind: it must begin with postgresql:// or sqlite:///")
    if config.files_url and not re.fullmatch(r"s3://[^/\s]+(/\S*)?", config.files_url):
        raise ConfigError(f"PORTAL_FILES_URL is {config.files_url!r}: it must be like s3://bucket/prefix")
    if config.limits_storage != "file://" and not config.limits_storage.startswith(_COUNTERS):
        kinds = " or ".join(_COUNTERS)
        raise ConfigError(f"PORTAL_LIMITS_STORAGE is of another kind: it must be file:// or begin with {kinds}")


def _check_face_index(config: "Config") -> None:
    if config.face_index not in {"memory", "pgvector"}:
        raise ConfigError(f"PORTAL_FACE_INDEX is {config.face_index!r}: it must be memory or pgvector")
    if config.face_index == "pgvector" and not config.url.startswith("postgresql"):
        raise ConfigError("PORTAL_FACE_INDEX is 'pgvector': that is an extension of PostgreSQL, not of SQLite")


def _check_sms(config: "Config") -> None:
    if config.sms_by not in {"aliyun", "local", "none"}:
        raise ConfigError(f"PORTAL_SMS is {config.sms!r}: it must be aliyun, local or none")
    if config.production and config.sms_by == "local":
        raise ConfigError("PORTAL_SMS is 'local': in production texts must not lie in readable files")
    if config.sms_by == "aliyun":
        needed = ("sms_key_id", "sms_key_secret", "sms_sign_name", "sms_code_template", "sms_withdrawal_template")
        missing = [f"PORTAL_{name.upper()}" for name in needed if not getattr(config, name)]
        if missing:
            raise ConfigError(f"texts by aliyun need their settings: set {', '.join(missing)}")
        if not config.sms_endpoint.startswith(("https://", "http://")):
            raise ConfigError(f"PORTAL_SMS_ENDPOINT is {config.sms_endpoint!r}: it must be a web address")
        if config.production and not config.sms_endpoint.startswith("https://"):
            raise ConfigError(f"PORTAL_SMS_ENDPOINT is {config.sms_endpoint!r}: phones go there, so it must be https")


def _check_mail(config: "Config") -> None:
    if config.mail_by not in {"smtp", "local", "none"}:
        raise ConfigError(f"PORTAL_MAIL is {config.mail!r}: it must be smtp, local or none")
    if config.production and config.mail_by == "local":
        raise ConfigError("PORTAL_MAIL is 'local': in production mails must not lie in readable files")
    if config.mail_security not in {"starttls", "tls", "none"}:
        raise ConfigError(f"PORTAL_MAIL_SECURITY is {config.mail_security!r}: it must be starttls, tls or none")
    if config.mail_by == "smtp":
        missing = [f"PORTAL_{name.upper()}" for name in ("mail_host", "mail_from") if not getattr(config, name)]
        if missing:
            raise ConfigError(f"mails by smtp need their settings: set {', '.join(missing)}")
        if "@" not in parseaddr(config.mail_from)[1]:
            raise ConfigError(f"PORTAL_MAIL_FROM is {config.mail_from!r}: it must hold a mail address")
        if config.mail_security == "none" and config.mail_host not in {"localhost", "127.0.0.1", "::1"}:
            raise ConfigError("PORTAL_MAIL_SECURITY is 'none': that is for a server on the same machine")


def _check_wechat(config: "Config") -> None:
    if config.wechat_by not in {"official", "local", "none"}:
        raise ConfigError(f"PORTAL_WECHAT is {config.wechat!r}: it must be official, local or none")
    if config.production and config.wechat_by == "local":
        raise ConfigError("PORTAL_WECHAT is 'local': that is a stand-in, which anybody may look into")
    if config.wechat_by == "official":
        missing = [f"PORTAL_{n.upper()}" for n in ("wechat_app_id", "wechat_app_secret") if not getattr(config, n)]
        if missing:
            raise ConfigError(f"cards by WeChat need their settings: set {', '.join(missing)}")
        if not re.fullmatch(r"[0-9A-Za-z_-]{1,40}", config.wechat_app_id):
            raise ConfigError("PORTAL_WECHAT_APP_ID is no AppID: it is letters and digits, such as wx0123456789abcdef")
        if not config.wechat_endpoint.startswith(("https://", "http://")):
            raise ConfigError(f"PORTAL_WECHAT_ENDPOINT is {config.wechat_endpoint!r}: it must be a web address")
        if config.production and not config.wechat_endpoint.startswith("https://"):
            raise ConfigError(f"PORTAL_WECHAT_ENDPOINT is {config.wechat_endpoint!r}: the secret goes there over https")


def _check_wechat_sign_in(config: "Config") -> None:
    by = config.wechat_sign_in_by
    if by not in {"wechat", "local", "none"}:
        raise ConfigError(f"PORTAL_WECHAT_SIGN_IN is {by!r}: it must be wechat, local or none")
    if config.production and by == "local":
        raise ConfigError("PORTAL_WECHAT_SIGN_IN is 'local': that is a stand-in, which lets in whoever asks")
    needed = ["wechat_app_id", "wechat_app_secret"] if by == "wechat" else []
    if config.wechat_site_app_id or config.wechat_site_secret:
        needed += ["wechat_site_app_id", "wechat_site_secret"]
    missing = [f"PORTAL_{name.upper()}" for name in needed if not getattr(config, name)]
    if missing:
        raise ConfigError(f"sign-in by WeChat needs its settings: set {', '.join(missing)}")


def _check_wecom(config: "Config") -> None:
    if config.wecom_by not in {"wecom", "local", "none"}:
        raise ConfigError(f"PORTAL_WECOM is {config.wecom!r}: it must be wecom, local or none")
    if config.production and config.wecom_by == "local":
        raise ConfigError("PORTAL_WECOM is 'local': that is a stand-in, which anybody may look into")
    if config.wecom_by == "wecom" and config.wecom_agent_id:
        missing = [f"PORTAL_{n.upper()}" for n in ("wecom_corp_id", "wecom_app_secret") if not getattr(config, n)]
        if missing:
            raise ConfigError(f"messages to members of 企业微信 need the app: set {', '.join(missing)}")
    if config.wecom_sign_in:
        missing = [f"PORTAL_{n.upper()}" for n in ("wecom_corp_id", "wecom_app_secret") if not getattr(config, n)]
        if missing:
            raise ConfigError(f"sign-in by 企业微信 needs its settings: set {', '.join(missing)}")


def _check_webhooks(config: "Config") -> None:
    if config.webhook_targets not in {"", "public", "loopback"}:
        raise ConfigError(f"PORTAL_WEBHOOK_TARGETS is {config.webhook_targets!r}: it must be public or loopback")
    if config.production and config.webhook_loopback:
        raise ConfigError("PORTAL_WEBHOOK_TARGETS is 'loopback': agencies would have this machine ask itself")


def _check_company_sign_in(config: "Config") -> None:
    if config.oidc_by == "wecom":
        raise ConfigError(
            "PORTAL_OIDC is 'wecom': 企业微信 stands beside it now: set PORTAL_WECOM_SIGN_IN=1, PORTAL_WECOM_CORP_ID "
            "and PORTAL_WECOM_APP_SECRET"
        )
    if config.oidc_by not in {"oidc", "local", "none"}:
        raise ConfigError(f"PORTAL_OIDC is {config.oidc!r}: it must be oidc, local or none")
    if config.production and config.oidc_by == "local":
        raise ConfigError("PORTAL_OIDC is 'local': that is a stand-in, which lets in whoever asks")
    if config.oidc_only and config.oidc_by == "none":
        raise ConfigError("PORTAL_OIDC_ONLY is 1, but PORTAL_OIDC names no provider by whom anybody could come in")
    if config.oidc_by == "oidc":
        needed = ("oidc_issuer", "oidc_client_id", "oidc_client_secret")
        missing = [f"PORTAL_{name.upper()}" for name in needed if not getattr(config, name)]
        if missing:
            raise ConfigError(f"sign-in by {config.oidc_by} needs its settings: set {', '.join(missing)}")
        if not config.oidc_issuer.startswith(("https://", "http://")):
            raise ConfigError(f"PORTAL_OIDC_ISSUER is {config.oidc_issuer!r}: it must be a web address")
        if config.production and not config.oidc_issuer.startswith("https://"):
            raise ConfigError(
                f"PORTAL_OIDC_ISSUER is {config.oidc_issuer!r}: our secret goes there, so it must be https"
            )
    if config.scim_token and len(config.scim_token) < _SHORTEST_TOKEN:
        raise ConfigError(f"PORTAL_SCIM_TOKEN is too short: use {_SHORTEST_TOKEN} random characters or more")
