"""The employer's provider by which the staff sign in."""

from __future__ import annotations

from ...clock import Clock
from ...config import Config
from .local import LocalProvider
from .provider import OidcProvider, Provider
from .wecom import WeComProvider


def load_provider(config: Config, clock: Clock) -> Provider | None:
    """Who lets the staff in by these settings; None where nobody but the portal does."""
    if config.oidc_by == "oidc":
        return OidcProvider(
            config.oidc_issuer,
            config.oidc_client_id,
            config.oidc_client_secret,
            name=config.oidc_name,
            active_claim=config.oidc_active_claim,
        )
    if config.oidc_by == "wecom":
        return WeComProvider(config.oidc_client_id, config.oidc_client_secret, name=config.oidc_name)
    if config.oidc_by == "local":
        page = f"{config.base_url.rstrip('/')}/dev/provider"
        folder = config.data_dir / "provider"
        return LocalProvider(folder, page, name=config.oidc_name, clock=lambda: clock().timestamp())
    return None
