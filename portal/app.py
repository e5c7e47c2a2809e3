"""create_app(): the only wiring."""

import logging
import time
from datetime import datetime
from pathlib import Path

from flask import Flask, Response, g, request, url_for
from flask_babel import Babel
from flask_bootstrap import Bootstrap5
from flask_login import LoginManager, current_user
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from .adapters import places
from .adapters.faces import load_engine
from .adapters.faces.bounded import BoundedEngine
from .adapters.mail import load_mail
from .adapters.provider_sign_in import load_providers
from .adapters.rate_counts import limiter_settings
from .adapters.sms import load_sms
from .adapters.storage.bucket import open_files
from .adapters.storage.disk import Disk
from .adapters.wechat import load_wechat
from .adapters.wecom import load_robots
from .api import init_api
from .clock import Clock
from .config import Config
from .db import Database
from .logs import init_logs
from .postgres import PAGES
from .services.app_messages.background import load_apps
from .services.faces.index import use_index
from .services.partner_api.counting import CALLS, Counts
from .services.robots.background import Carriers, all_senders
from .services.sandbox.opening import Sandboxes
from .services.webhooks.background import load_courier
from .web import ROOMS
from .web.auth.routes import turned_away
from .web.auth.signed_in import load_signed_in
from .web.components import Site, initial, register_components
from .web.drawing.application import Portal
from .web.drawing.language import init_language, language
from .web.drawing.widgets import init_widgets
from .web.edge import init_edge, now
from .web.errors import init_errors
from .web.exports.lists import regularly
from .web.guard import init_guard, lacks_factor
from .web.language import choose
from .web.light_pages import init_light_pages, style_url
from .web.limits import limiter
from .web.navigation import navigation
from .web.responses.background import init_background
from .web.responses.compression import init_compression
from .web.responses.security import init_security
from .web.responses.watch import init_watch
from .web.second_factors.step_up import init_step_up
from .web.words.roles import role_word

TEMPLATES = Path(__file__).parent.parent / "templates"

log = logging.getLogger("portal.requests")


def create_app(config: Config | None = None, clock: Clock | None = None) -> Flask:
    """The application, ready to serve, by the database's clock. `clock` is for tests and rehearsals."""
    config = config or Config.from_env()
    app = Portal(__name__, template_folder=str(TEMPLATES))
    _configure(app, config)
    app.extensions["database"] = Database(config.url, config.vault(), config.signer(), config.money_limits(), PAGES)
    use_index(app.extensions["database"], config.face_index)
    equip(app, config, clock or app.extensions["database"].now)
    _log_requests(app)  # first, so that its line is written last: it tells what was really answered
    init_compression(app)
    init_light_pages(app, config)
    init_edge(app)
    init_background(app)
    init_watch(app)
    init_security(app, config)
    init_errors(app)
    _init_extensions(app, config)
    for room in ROOMS:
        app.register_blueprint(room)
    init_api(app)
    init_guard(app)
    init_step_up(app)
    return app


def equip(app: Flask, config: Config, clock: Clock) -> None:
    """Give the application what it works with beside its database. Tests do it anew, over a folder of their own."""
    app.extensions["config"] = config
    app.extensions["clock"] = clock
    app.extensions["faces"] = BoundedEngine(lambda: load_engine(config.face_engine, config.face_folder))
    app.extensions["files"] = open_files(config, config.vault())
    app.extensions["disk"] = Disk(config.data_dir, config.disk_spare_mb)
    app.extensions["places"] = places.Places(config.data_dir / places.NAME)
    app.extensions["sandboxes"] = Sandboxes(config.data_dir, config.vault(), config.signer())
    app.extensions["sms"] = load_sms(config, clock)
    app.extensions["post"] = load_mail(config, clock)
    app.extensions["wechat"] = load_wechat(config)
    app.extensions["providers"] = load_providers(config, clock)
    app.extensions["robots"] = load_robots(config, clock)
    app.extensions["apps"] = load_apps(config, clock)
    app.extensions["courier"] = load_courier(config)
    carriers = Carriers(
        lambda: app.extensions["sms"],
        lambda: app.extensions["post"],
        lambda: app.extensions["robots"],
        lambda one: app.extensions["apps"][one],
        lambda: app.extensions["courier"],
    )
    senders = all_senders(app.extensions["database"], clock, config, carriers)
    app.extensions["senders"] = {**senders, CALLS: Counts(app.extensions["database"])}


def _configure(app: Flask, config: Config) -> None:
    init_logs(config.log_level)
    app.config.update(
        SECRET_KEY=config.secret_key,
        MAX_CONTENT_LENGTH=config.upload_mb * 1024 * 1024,
        SESSION_COOKIE_NAME="__Host-portal" if config.production else "portal",  # __Host-: over TLS, of this host alone
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.production,
        BABEL_DEFAULT_LOCALE=config.default_locale,
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
        BOOTSTRAP_SERVE_LOCAL=True,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a form left open on a phone must still go through
        WTF_CSRF_SSL_STRICT=False,  # a page with a secret address sends no referrer; web/responses looks at the origin
        RATELIMIT_HEADERS_ENABLED=True,
        **limiter_settings(config.limits_storage, config.data_dir, config.secret_key),
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops)  # type: ignore[method-assign]  # Flask's own way


def _init_extensions(app: Flask, config: Config) -> None:
    Babel(app, locale_selector=choose)
    init_language(app)
    init_widgets()
    Bootstrap5(app)
    CSRFProtect(app)
    limiter.init_app(app)
    login = LoginManager(app)
    login.user_loader(load_signed_in)
    login.unauthorized_handler(turned_away)
    register_components(app)
    app.jinja_env.globals.update(
        navigation=navigation, regularly=regularly, site=lambda: _site(config), role_word=role_word
    )


def _site(config: Config) -> Site:
    """Brand and reader, as the layouts show them: a page asks a dozen times, and it is put together once for this
    reader in this language."""
    kept: dict[tuple[str, object], Site] = g.setdefault("sites", {})
    asked = language(), g.get("_login_user")  # flask-login's
    site = kept.get(asked)
    if site is None:
        chinese, inside = choose() == "zh_Hans_CN", bool(current_user.is_authenticated)
        site = kept[language(), g.get("_login_user")] = _made_site(config, chinese=chinese, inside=inside)
    return site


def _made_site(config: Config, *, chinese: bool, inside: bool) -> Site:
    name = config.brand_name_zh if chinese else config.brand_name
    return Site(
        name=name,
        letter=initial(name),
        home_url=url_for("home.index"),
        language_url=url_for("language.switch", locale="en" if chinese else "zh_Hans_CN", next=request.full_path),
        style_url=style_url(config),
        person=current_user.person.name if inside else None,
        role=role_word(current_user.person.role) if inside else None,
        sign_out_url=url_for("auth.sign_out") if inside else None,
        wants_factor=inside and lacks_factor(),
        rests_until=_rests_until() if inside else None,
    )


def _rests_until() -> datetime | None:
    """Until when the reader's account moves no money, if it rests now."""
    until: datetime | None = current_user.person.rests_until
    return until if until is not None and now() < until else None


def _log_requests(app: Flask) -> None:
    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def line(response: Response) -> Response:
        known = g.get("_login_user")  # flask-login's; who was not asked for is not asked for here
        log.info(
            "request",
            extra={
                "method": request.method,
                "endpoint": request.endpoint,
                "status": response.status_code,
                "ms": round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
                "person": known.person.id if known is not None and known.is_authenticated else None,
            },
        )
        return response
