"""Every setting, typed, in one place; the README's table is made from it.

Settings come from the environment, secrets also from files that it names (`portal.secret_files`). Production refuses to
start without its secrets. Elsewhere they are made once and kept in the data folder, so that a developer's data stays
readable and no secret has a known default.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from .config_checks import check
from .crypto import Signer, Vault
from .secret_files import with_files
from .secret_keys import SECRETS, ConfigError, kept_secrets, key_of, new_secrets

__all__ = ["SECRETS", "Config", "ConfigError", "new_secrets"]

_DATA_DIR = Path("var")


@dataclass(frozen=True, slots=True)
class Config:
    """The portal's settings. Each is read from `PORTAL_<NAME>`; `DATABASE_URL` is understood too."""

    env: str = "development"
    """`production` or `development`"""
    data_dir: Path = _DATA_DIR
    """where the embedded database, the files and a developer's secrets live"""
    database_url: str = ""
    """`postgresql+psycopg://…` in production; empty: SQLite in the data folder"""
    files_url: str = ""
    """`s3://bucket/prefix` with the extra `s3`; empty: the folder `files` in the data folder"""
    base_url: str = "http://127.0.0.1:8000"
    """the public address, as it stands in QR codes and links"""
    secret_key: str = ""
    """secret: signs sessions' cookies and forms"""
    data_keys: str = ""
    """secret: 32-byte keys in base64, comma-separated; the first seals, all open"""
    index_key: str = ""
    """secret: 32-byte key in base64 of the blind indexes; two of them, comma-separated, while one takes the other's
    place"""
    signing_key: str = ""
    """secret: 32-byte Ed25519 seed in base64; signs receipts"""
    default_locale: str = "zh_Hans_CN"
    """the language of who has not chosen one: `zh_Hans_CN` or `en`"""
    brand_name: str = "Qiaoyuan"
    """the owner's name in the header and on posters"""
    brand_name_zh: str = "桥园置业"
    """the owner's name in Chinese"""
    brand_primary: str = "#0F5E6E"
    """the brand's colour"""
    brand_accent: str = "#C8491F"
    """the colour of what wants attention once"""
    company: str = ""
    """the company that answers for personal data, by its registered name; empty: the brand's name"""
    privacy_contact: str = ""
    """how it is reached about personal data, such as `privacy@example.com, 0571-12345678`; shown on the privacy page"""
    designs: str = ""
    """a folder with posters' designs of your own, one TOML file each; empty: `designs` in the data folder"""
    face_engine: str = "sface"
    """`sface`, or `dlib` when that extra is installed"""
    face_models: str = ""
    """a folder with the two ONNX files; empty: those of the installed package"""
    face_index: str = "memory"
    """one face among many is looked for by each process in its `memory`, or by PostgreSQL with `pgvector`"""
    sms: str = ""
    """who delivers texts: `aliyun`, `local` (an inbox page) or `none`; empty: `local`, and `none` in production"""
    sms_key_id: str = ""
    """the access key's id at Alibaba Cloud"""
    sms_key_secret: str = ""
    """secret: the access key at Alibaba Cloud"""
    sms_sign_name: str = ""
    """the approved signature in front of every text"""
    sms_code_template: str = ""
    """the approved template of the arrival code, such as `SMS_123456789`; its values are `code` and `development`"""
    sms_withdrawal_template: str = ""
    """the approved template of the link to withdraw the face consent; its value is `token`"""
    sms_password_template: str = ""
    """the approved template of the link to choose a password; its value is `token`; empty: such links go by no text"""
    sms_bank_template: str = ""
    """the approved template that tells payees of another account; its values are `last_four`, `day`; empty: no text"""
    sms_phone_template: str = ""
    """the approved template that tells a number that its account has another one; its value is `day`; empty: no text"""
    sms_number_template: str = ""
    """the approved template of the code that shows whose number it is, on public pages; its values are `code` and
    `development`; empty: nobody joins by himself"""
    sms_invitation_template: str = ""
    """the approved template of an invitation to refer friends; its values are `token`, `development` and `inviter`;
    empty: nobody is invited by text"""
    sms_gift_template: str = ""
    """the approved template that tells a friend of a gift; its values are `code`, `gift`, `development` and
    `until`; empty: no text"""
    sms_notice_template: str = ""
    """the approved template of a notice about deadlines, money or safety; its values are `what` and `count`; empty:
    none goes by text"""
    sms_erasure_template: str = ""
    """the approved template that tells who asked for it that the own data was erased, or why not; its value is `token`;
    empty: no text"""
    sms_slot_template: str = ""
    """the approved template that brings a client the pass of a booked visit; its values are `token`, `development` and
    `when`; empty: no text"""
    sms_slot_off_template: str = ""
    """the approved template that tells a client that a booked visit was called off; its values are `development` and
    `when`; empty: no text"""
    sms_survey_template: str = ""
    """the approved template that asks an owner in a survey; its values are `token` and `development`; empty: no text"""
    sms_complaint_template: str = ""
    """the approved template that brings an owner the link to his complaint; its values are `token` and `development`;
    empty: no text"""
    sms_gathering_template: str = ""
    """the approved template that invites a client to a gathering, or tells a guest what is new; its values are `token`,
    `development` and `title`; empty: no text"""
    sms_care_template: str = ""
    """the approved template of texts by which clients are cared for; its value is `text`; empty: none goes"""
    sms_client_template: str = ""
    """the approved template that brings a buyer a link (how the loan stands, or a promise to confirm); its values are
    `token` and `development`; empty: no text"""
    sms_endpoint: str = "https://dysmsapi.aliyuncs.com"
    """where the provider is asked"""
    sms_inbound_key: str = ""
    """secret: the last part of the address to which the provider pushes answers; empty: none are taken"""
    mail: str = ""
    """who delivers mails: `smtp`, `local` (an inbox page) or `none`; empty: `local`, and `none` in production"""
    mail_host: str = ""
    """the mail server"""
    mail_port: int = 0
    """its port; 0: 587 with `starttls`, 465 with `tls`, 25 without either"""
    mail_user: str = ""
    """whom the mail server knows us as; empty: nobody signs in"""
    mail_password: str = ""
    """secret: the password there"""
    mail_from: str = ""
    """the address that our mails come from, such as `桥园置业 <no-reply@example.com>`"""
    mail_security: str = "starttls"
    """`starttls`, `tls`, or `none` to a server on the same machine"""
    wechat: str = ""
    """who lets shared links show a card in WeChat: `official`, `local` (a stand-in) or `none`; empty: `local`, and
    `none` in production"""
    wechat_app_id: str = ""
    """the AppID of the official account (公众号)"""
    wechat_app_secret: str = ""
    """secret: its AppSecret"""
    wechat_endpoint: str = "https://api.weixin.qq.com"
    """where WeChat is asked"""
    wechat_sign_in: str = ""
    """how partners sign in by WeChat: `wechat` (the official account's own), `local` (a stand-in) or `none`; empty:
    `local`, and `none` in production"""
    wechat_site_app_id: str = ""
    """the AppID of the website's app (网站应用) at the open platform, whose code is scanned outside WeChat; empty: one
    signs in inside WeChat alone"""
    wechat_site_secret: str = ""
    """secret: its AppSecret"""
    wechat_templates: str = ""
    """a TOML file that names the account's approved templates (模板消息) by topic; empty: no notices go out there"""
    wecom: str = ""
    """who carries messages to groups and members in 企业微信: `wecom` itself, `local` (a stand-in) or `none`; empty:
    `local`, and `none` in production"""
    wecom_corp_id: str = ""
    """the company's id (CorpID) there"""
    wecom_app_secret: str = ""
    """secret: that of the company's app (自建应用) there"""
    wecom_agent_id: int = 0
    """the number (AgentId) of that app, by which members get messages one by one; 0: none go out"""
    wecom_sign_in: int = 0
    """1: the staff sign in by that app in 企业微信's own client"""
    oidc: str = ""
    """by whom the staff sign in beside the portal: `oidc` (the employer's provider), `local` (a stand-in) or `none`;
    empty: `local`, and `none` in production"""
    oidc_name: str = ""
    """what stands on its button; empty: company account"""
    oidc_issuer: str = ""
    """the provider's address, as its metadata names it, such as `https://login.example.com/realms/staff`"""
    oidc_client_id: str = ""
    """whom the provider knows us as"""
    oidc_client_secret: str = ""
    """secret: what we show the provider"""
    oidc_active_claim: str = ""
    """a claim that is `false` for who has left: the account here is closed; empty: none says so"""
    oidc_only: int = 0
    """1: no password opens an account that is tied to one at the employer's provider"""
    scim_token: str = ""
    """secret: the employer's system of accounts closes accounts with it at `/scim/v2`; empty: it may not"""
    form_seconds: int = 3
    """a public form that comes back sooner was filled in by a machine: it is shown again"""
    trusted_proxies: int = 0
    """how many reverse proxies stand before the server and set X-Forwarded-*"""
    hsts_subdomains: int = 0
    """1: browsers are told to ask the subdomains of the public address over TLS only as well"""
    session_days: int = 14
    """a sign-in ends after so many days"""
    idle_minutes: int = 30
    """a sign-in of finance, approver, cashier and administrator ends after so many minutes without use"""
    idle_hours: int = 12
    """a sign-in of everybody else ends after so many hours without use"""
    second_factor: str = ""
    """whether these roles must have a second factor: `required` or `offered`; empty: `required` in production alone"""
    second_factor_roles: str = "finance,approver,cashier,administrator,privacy_officer,principal"
    """who must have a second factor where it is required, separated by commas"""
    step_up_minutes: int = 5
    """for so long a proof is good that is asked for before money or powers move; 0: none is, in development alone"""
    sign_in_days: int = 180
    """where somebody was signed in, with address and device, is forgotten so many days after it ended"""
    audit_address_days: int = 365
    """from which network address a deed was done is forgotten in the audit log after so many days; 183 at least"""
    upload_mb: int = 12
    """the largest request body"""
    webhook_targets: str = ""
    """where agencies' webhooks may go: `public` servers over TLS, or `loopback` (this machine too, without TLS); empty:
    `public` in production, `loopback` otherwise"""
    limits_storage: str = "file://"
    """where rate limits count: `file://` in the data folder, for all processes of this host; `redis://…` for several
    hosts; `memory://` each process for itself"""
    import_days: int = 30
    """the rows of an uploaded file of deals are erased so many days after its end"""
    transit_days: int = 5
    """a sum that has been on its way to the bank for longer is marked in the ledger"""
    adjustment_most: int = 1_000_000
    """one adjustment by hand comes to at most so many yuan, up or down; 0: no limit but the database's"""
    correction_alone: int = 10_000
    """a correction of a deal that moves more than so many yuan needs a second person; 0: never"""
    conflict_alone: int = 50_000
    """whose a deal is, where its commission is more than so many yuan, is decided by two people; 0: never"""
    second_approver: int = 1_000_000
    """a payout of more than so many yuan needs two approvers; 0: never"""
    correction_most: int = 20_000_000
    """and one that moves more than so many yuan is refused; 0: no limit"""
    disk_spare_mb: int = 500
    """with fewer megabytes left where the data folder lies, `/readyz` asks for attention"""
    health_worker_minutes: int = 3
    """the worker is late when it has not looked for so many minutes, and silent after twice that"""
    health_message_minutes: int = 10
    """a text or mail is late after so many minutes, and something is wrong after twice that"""
    health_import_minutes: int = 60
    """the same of an uploaded file of deals, or a close, that is under way"""
    health_nightly_hours: int = 26
    """the same of the nightly verification of the ledger and the daily sweep"""
    health_backup_hours: int = 26
    """the same of `portal backup`; 0: backups are made by other means, and nobody is told"""
    metrics_token: str = ""
    """secret: who sends it reads the figures at `/metrics`; empty: there are none"""
    log_level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR"""
    workers: int = 2
    """processes of `portal run`"""
    threads: int = 16
    """threads a process of `portal run`"""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Config":
        """Read and check the environment. Raises ConfigError."""
        environ = with_files(os.environ if environ is None else environ)
        values = _read(environ)
        if values.get("env", "development") == "production":
            missing = [f"PORTAL_{name.upper()}" for name in SECRETS if not values.get(name)]
            if missing:
                raise ConfigError(f"production needs its secrets: set {', '.join(missing)}")
        else:
            folder = values.get("data_dir", _DATA_DIR)
            values = {**kept_secrets(folder), **{k: v for k, v in values.items() if v != ""}}
        config = cls(**values)
        check(config)
        return config

    @property
    def production(self) -> bool:
        return self.env == "production"

    @property
    def url(self) -> str:
        """The database's address."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'portal.db'}"

    @property
    def sms_by(self) -> str:
        """How texts go out, when nothing was said too."""
        return self.sms or ("none" if self.production else "local")

    def texts(self, template: str) -> bool:
        """Whether texts go out for which this is the approved template, or none is."""
        return self.sms_by == "local" or (self.sms_by == "aliyun" and template != "")

    @property
    def mail_by(self) -> str:
        """How mails go out, when nothing was said too."""
        return self.mail or ("none" if self.production else "local")

    @property
    def factor_roles(self) -> frozenset[str]:
        """The roles that must have a second factor; none where it is only offered."""
        by = self.second_factor or ("required" if self.production else "offered")
        return frozenset(self.second_factor_roles.split(",")) if by == "required" else frozenset()

    @property
    def wechat_by(self) -> str:
        """How shared links come to a card, when nothing was said too."""
        return self.wechat or ("none" if self.production else "local")

    @property
    def wechat_sign_in_by(self) -> str:
        """How partners sign in by WeChat, when nothing was said too."""
        return self.wechat_sign_in or ("none" if self.production else "local")

    @property
    def wecom_by(self) -> str:
        """How messages come to 企业微信, when nothing was said too."""
        return self.wecom or ("none" if self.production else "local")

    @property
    def wecom_app(self) -> bool:
        """Whether members of 企业微信 get messages one by one."""
        return self.wecom_by == "local" or (self.wecom_by == "wecom" and self.wecom_agent_id != 0)

    @property
    def wechat_notices(self) -> bool:
        """Whether followers of the account in WeChat get notices."""
        return self.wechat_by == "local" or (self.wechat_by == "official" and self.wechat_templates != "")

    @property
    def oidc_by(self) -> str:
        """By whom the staff sign in beside the portal, when nothing was said too."""
        return self.oidc or ("none" if self.production else "local")

    @property
    def webhook_loopback(self) -> bool:
        """Whether webhooks may go to this machine, when nothing was said too."""
        return (self.webhook_targets or ("public" if self.production else "loopback")) == "loopback"

    @property
    def mail_at(self) -> int:
        """The mail server's port, when none was said too."""
        return self.mail_port or {"starttls": 587, "tls": 465}.get(self.mail_security, 25)

    @property
    def files_dir(self) -> Path:
        return self.data_dir / "files"

    @property
    def designs_folder(self) -> Path:
        """Where the owner's own designs of posters are."""
        return Path(self.designs) if self.designs else self.data_dir / "designs"

    @property
    def face_folder(self) -> Path | None:
        """Where the engine's models are, if not in the installed packages."""
        return Path(self.face_models) if self.face_models else None

    def vault(self) -> Vault:
        """What seals and opens personal data."""
        keys = [key_of("PORTAL_DATA_KEYS", part) for part in self.data_keys.split(",")]
        return Vault(keys, *(key_of("PORTAL_INDEX_KEY", part) for part in self.index_key.split(",")))

    def money_limits(self) -> dict[str, int]:
        """How much money one hand may move, as `rules.limits.MoneyLimits` takes it in."""
        names = ("adjustment_most", "conflict_alone", "correction_alone", "correction_most", "second_approver")
        return {name: getattr(self, name) for name in names}

    def health_limits(self) -> dict[str, int]:
        """After how long the portal's signs of life are late, as `rules.vital_signs.HealthLimits` takes it in."""
        names = ("worker_minutes", "message_minutes", "import_minutes", "nightly_hours", "backup_hours")
        return {f"health_{name}": getattr(self, f"health_{name}") for name in names}

    def signer(self) -> Signer:
        """What signs receipts."""
        return Signer(key_of("PORTAL_SIGNING_KEY", self.signing_key))


def _read(environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field in fields(Config):
        raw = environ.get(f"PORTAL_{field.name.upper()}")
        if raw is None:
            continue
        if field.type is int:
            if not raw.strip().isdigit():
                raise ConfigError(f"PORTAL_{field.name.upper()} is {raw!r}: it must be a whole number")
            values[field.name] = int(raw)
        else:
            values[field.name] = Path(raw) if field.type is Path else raw
    url = values.get("database_url") or environ.get("DATABASE_URL", "")
    if url.startswith(("postgres://", "postgresql://")):
        url = "postgresql+psycopg://" + url.split("://", 1)[1]
    if url:
        values["database_url"] = url
    return values
