"""Who lets people in beside the portal: the employer's provider, 企业微信, WeChat."""

from __future__ import annotations

from ...clock import Clock
from ...config import Config
from ...rules.provider_sign_in.claims import ProviderName
from .local import LocalProvider
from .local_wechat import LocalWeChatSignIn
from .provider import OidcProvider, Provider
from .wechat import App, WeChatProvider
from .wecom import WeComProvider


def load_providers(config: Config, clock: Clock) -> dict[ProviderName, Provider]:
    """Who lets people in by these settings."""
    found = (_company(config, clock), _wecom(config), _wechat(config, clock))
    return {one.issuer.provider: one for one in found if one is not None}


def _company(config: Config, clock: Clock) -> Provider | None:
    if config.oidc_by == "oidc":
        return OidcProvider(
            config.oidc_issuer,
            config.oidc_client_id,
            config.oidc_client_secret,
            name=config.oidc_name,
            active_claim=config.oidc_active_claim,
        )
    if config.oidc_by == "local":
        page = f"{config.base_url.rstrip('/')}/dev/provider"
        folder = config.data_dir / "provider"
        return LocalProvider(folder, page, name=config.oidc_name, clock=lambda: clock().timestamp())
    return None


def _wecom(config: Config) -> Provider | None:
    return WeComProvider(config.wecom_corp_id, config.wecom_app_secret) if config.wecom_sign_in else None


def _wechat(config: Config, clock: Clock) -> Provider | None:
    if config.wechat_sign_in_by == "wechat":
        site = App(config.wechat_site_app_id, config.wechat_site_secret) if config.wechat_site_app_id else None
        account = App(config.wechat_app_id, config.wechat_app_secret)
        return WeChatProvider(account, site, endpoint=config.wechat_endpoint.rstrip("/"))
    if config.wechat_sign_in_by == "local":
        page = f"{config.base_url.rstrip('/')}/dev/provider/wechat"
        return LocalWeChatSignIn(config.data_dir / "wechat-sign-in", page, clock=lambda: clock().timestamp())
    return None
