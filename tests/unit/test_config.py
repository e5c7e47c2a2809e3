"""Settings: read from the environment, checked, and never with a known secret."""

import base64
import stat
from pathlib import Path

import pytest

from portal.config import SECRETS, Config, ConfigError, new_secrets
from portal.config_checks import doubts


def environ(**settings: str) -> dict[str, str]:
    """A production environment with its secrets, and these settings."""
    given = {f"PORTAL_{name.upper()}": value for name, value in new_secrets().items()}
    return given | {"PORTAL_ENV": "production", "PORTAL_DATABASE_URL": "sqlite:///portal.db"} | settings


@pytest.mark.parametrize("name", SECRETS)
def test_production_refuses_to_start_without_a_secret(name: str) -> None:
    incomplete = environ()
    del incomplete[f"PORTAL_{name.upper()}"]
    with pytest.raises(ConfigError, match=f"PORTAL_{name.upper()}"):
        Config.from_env(incomplete)


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("PORTAL_ENV", "staging", "PORTAL_ENV"),
        ("PORTAL_DATA_KEYS", "c2hvcnQ=", "PORTAL_DATA_KEYS must hold 32 bytes"),
        ("PORTAL_INDEX_KEY", "not base64 at all", "PORTAL_INDEX_KEY"),
        ("PORTAL_SECRET_KEY", "short", "PORTAL_SECRET_KEY is too short"),
        ("PORTAL_WORKERS", "two", "PORTAL_WORKERS is 'two'"),
        ("PORTAL_METRICS_TOKEN", "short", "PORTAL_METRICS_TOKEN is too short"),
        ("PORTAL_HEALTH_WORKER_MINUTES", "0", "PORTAL_HEALTH_WORKER_MINUTES is 0"),
        ("PORTAL_DEFAULT_LOCALE", "fr", "PORTAL_DEFAULT_LOCALE"),
        ("PORTAL_BRAND_PRIMARY", "teal;} body{display:none", "PORTAL_BRAND_PRIMARY"),
        ("PORTAL_OIDC", "local", "PORTAL_OIDC is 'local'"),
        ("PORTAL_OIDC", "saml", "PORTAL_OIDC is 'saml'"),
        ("PORTAL_OIDC", "wecom", "set PORTAL_WECOM_SIGN_IN=1"),
        ("PORTAL_AUDIT_ADDRESS_DAYS", "90", "PORTAL_AUDIT_ADDRESS_DAYS is 90"),
        ("PORTAL_OIDC_ONLY", "1", "PORTAL_OIDC_ONLY is 1"),
        ("PORTAL_WECHAT_SIGN_IN", "qq", "PORTAL_WECHAT_SIGN_IN is 'qq'"),
        ("PORTAL_WECHAT_SIGN_IN", "local", "PORTAL_WECHAT_SIGN_IN is 'local'"),
        ("PORTAL_WECHAT_SIGN_IN", "wechat", "set PORTAL_WECHAT_APP_ID, PORTAL_WECHAT_APP_SECRET"),
        ("PORTAL_WECHAT_SITE_APP_ID", "wx1", "set PORTAL_WECHAT_SITE_SECRET"),
        ("PORTAL_WECOM_SIGN_IN", "1", "set PORTAL_WECOM_CORP_ID, PORTAL_WECOM_APP_SECRET"),
        ("PORTAL_OIDC", "oidc", "set PORTAL_OIDC_ISSUER, PORTAL_OIDC_CLIENT_ID, PORTAL_OIDC_CLIENT_SECRET"),
        ("PORTAL_SCIM_TOKEN", "short", "PORTAL_SCIM_TOKEN is too short"),
        ("PORTAL_FACE_INDEX", "hnsw", "PORTAL_FACE_INDEX is 'hnsw'"),
        ("PORTAL_FACE_INDEX", "pgvector", "not of SQLite"),
        ("PORTAL_SMS", "pigeon", "PORTAL_SMS is 'pigeon'"),
        ("PORTAL_SMS", "local", "readable files"),
        ("PORTAL_SMS", "aliyun", "PORTAL_SMS_KEY_ID, PORTAL_SMS_KEY_SECRET"),
        ("PORTAL_MAIL", "pigeon", "PORTAL_MAIL is 'pigeon'"),
        ("PORTAL_MAIL", "local", "readable files"),
        ("PORTAL_MAIL", "smtp", "PORTAL_MAIL_HOST, PORTAL_MAIL_FROM"),
        ("PORTAL_MAIL_SECURITY", "ssl", "PORTAL_MAIL_SECURITY is 'ssl'"),
        ("PORTAL_WECHAT", "weibo", "PORTAL_WECHAT is 'weibo'"),
        ("PORTAL_WECHAT", "local", "a stand-in"),
        ("PORTAL_WECHAT", "official", "PORTAL_WECHAT_APP_ID, PORTAL_WECHAT_APP_SECRET"),
    ],
)
def test_a_wrong_setting_is_named(setting: str, value: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Config.from_env(environ(**{setting: value}))


ZEROS = base64.b64encode(bytes(32)).decode()
ONE = new_secrets()["index_key"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"PORTAL_INDEX_KEY": ZEROS}, "PORTAL_INDEX_KEY is not random"),
        ({"PORTAL_DATA_KEYS": f"{ONE},{ZEROS}"}, "PORTAL_DATA_KEYS is not random"),
        ({"PORTAL_SECRET_KEY": "0" * 40}, "PORTAL_SECRET_KEY is not random"),
        ({"PORTAL_INDEX_KEY": ONE, "PORTAL_SIGNING_KEY": ONE}, "PORTAL_SIGNING_KEY is the same as another key"),
        ({"PORTAL_DATA_KEYS": f"{ONE},{ONE}"}, "PORTAL_DATA_KEYS is the same as another key"),
        ({"PORTAL_DATA_KEYS": ONE, "PORTAL_SECRET_KEY": ONE}, "PORTAL_SECRET_KEY is the same as another key"),
    ],
)
def test_production_takes_no_key_that_is_none(settings: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Config.from_env(environ(**settings))


def test_what_may_be_a_mistake_is_asked_at_the_start() -> None:
    said = " ".join(doubts(Config.from_env(environ(PORTAL_LIMITS_STORAGE="memory://"))))
    assert "PORTAL_TRUSTED_PROXIES" in said
    assert "PORTAL_LIMITS_STORAGE" in said
    for counted in ({}, {"PORTAL_LIMITS_STORAGE": "redis://127.0.0.1:6379/0"}):
        assert doubts(Config.from_env(environ(PORTAL_TRUSTED_PROXIES="1", **counted))) == []
    alone = environ(PORTAL_TRUSTED_PROXIES="1", PORTAL_LIMITS_STORAGE="memory://", PORTAL_WORKERS="1")
    assert doubts(Config.from_env(alone)) == []


def test_production_sends_texts_only_when_it_is_told_how(tmp_path: Path) -> None:
    assert Config.from_env(environ()).sms_by == "none"
    assert Config.from_env({"PORTAL_DATA_DIR": str(tmp_path)}).sms_by == "local"
    names = ("KEY_ID", "KEY_SECRET", "SIGN_NAME", "CODE_TEMPLATE", "WITHDRAWAL_TEMPLATE")
    aliyun = {"PORTAL_SMS": "aliyun"} | {f"PORTAL_SMS_{name}": "given" for name in names}
    assert Config.from_env(environ(**aliyun)).sms_by == "aliyun"
    with pytest.raises(ConfigError, match="must be https"):
        Config.from_env(environ(**aliyun, PORTAL_SMS_ENDPOINT="http://127.0.0.1"))
    with pytest.raises(ConfigError, match="PORTAL_SMS_ENDPOINT"):
        Config.from_env(environ(**aliyun, PORTAL_SMS_ENDPOINT="file:///etc/passwd"))


@pytest.mark.parametrize("name", ["DATABASE_URL", "PORTAL_DATABASE_URL"])
@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_postgresql_is_chosen_by_its_url(name: str, scheme: str) -> None:
    given = {key: value for key, value in environ().items() if key != "PORTAL_DATABASE_URL"}
    config = Config.from_env(given | {name: f"{scheme}://db.internal/portal"})
    assert config.url == "postgresql+psycopg://db.internal/portal"


def test_a_developers_secrets_are_made_once_and_are_the_owners_alone(tmp_path: Path) -> None:
    first = Config.from_env({"PORTAL_DATA_DIR": str(tmp_path)})
    again = Config.from_env({"PORTAL_DATA_DIR": str(tmp_path)})
    assert first == again
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert Config.from_env({"PORTAL_DATA_DIR": str(tmp_path / "other")}).data_keys != first.data_keys


def test_a_given_secret_goes_before_a_kept_one(tmp_path: Path) -> None:
    given = new_secrets()["index_key"]
    config = Config.from_env({"PORTAL_DATA_DIR": str(tmp_path), "PORTAL_INDEX_KEY": given})
    assert config.index_key == given


def test_production_sends_mails_only_when_it_is_told_how(tmp_path: Path) -> None:
    assert Config.from_env(environ()).mail_by == "none"
    assert Config.from_env({"PORTAL_DATA_DIR": str(tmp_path)}).mail_by == "local"
    smtp = {"PORTAL_MAIL": "smtp", "PORTAL_MAIL_HOST": "mail.test", "PORTAL_MAIL_FROM": "桥园 <no-reply@qiaoyuan.test>"}
    ports = {"starttls": 587, "tls": 465}
    assert {how: Config.from_env(environ(**smtp, PORTAL_MAIL_SECURITY=how)).mail_at for how in ports} == ports
    for setting, value, said in (
        ("PORTAL_MAIL_FROM", "nobody", "PORTAL_MAIL_FROM is 'nobody'"),
        ("PORTAL_MAIL_SECURITY", "none", "a server on the same machine"),
    ):
        with pytest.raises(ConfigError, match=said):
            Config.from_env(environ(**{**smtp, setting: value}))
    here = {**smtp, "PORTAL_MAIL_HOST": "localhost", "PORTAL_MAIL_SECURITY": "none"}
    assert Config.from_env(environ(**here)).mail_at == 25


@pytest.mark.parametrize("template", ["sms_password_template", "sms_bank_template", "sms_phone_template"])
def test_accounts_owners_are_told_by_text_where_there_is_a_template_for_it(template: str) -> None:
    approved = {"sms": "aliyun", template: "SMS_3"}
    for given, by_text in (({}, True), ({"sms": "none"}, False), ({"sms": "aliyun"}, False), (approved, True)):
        config = Config(**given)
        assert config.texts(getattr(config, template)) is by_text


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("PORTAL_WECHAT_APP_ID", "wx 1", "no AppID"),
        ("PORTAL_WECHAT_ENDPOINT", "ftp://x", "must be a web address"),
        ("PORTAL_WECHAT_ENDPOINT", "http://api.weixin.qq.com", "over https"),
    ],
)
def test_an_official_account_that_is_not_set_up_is_said(setting: str, value: str, said: str) -> None:
    account = {"PORTAL_WECHAT": "official", "PORTAL_WECHAT_APP_ID": "wx01", "PORTAL_WECHAT_APP_SECRET": "s3cret-word"}
    assert Config.from_env(environ(**account)).wechat_by == "official"
    with pytest.raises(ConfigError, match=said) as caught:
        Config.from_env(environ(**account | {setting: value}))
    assert "s3cret-word" not in str(caught.value)
