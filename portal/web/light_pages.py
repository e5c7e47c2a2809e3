"""What makes pages come fast over a weak network: nothing but one stylesheet has to arrive before one is painted, on a
public page not even that, for its style stands in it; and what a browser keeps has its content in its address, so that
it is asked for once.

The sources of the style lie apart, a file a room (`static/css`); each process joins them when the first page is asked
for. A style in the page is let through by its digest, which the page's policy names; any other is still kept out.
"""

import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response, current_app, g, request, url_for
from markupsafe import Markup

from ..config import Config
from ..crypto import digest

STATIC = ("static", "bootstrap.static")
"""Where files are served that are everybody's and change with a release only."""

EVERYBODYS = (*STATIC, "health.style")
"""The same, and the stylesheet that is made of such files and the brand."""

_BASE = ("portal", "layout", "shell", "components", "forms", "help", "notifications")
"""What the stylesheet begins with, in its order; the styles of single rooms follow."""

_LIGHT = ("portal", "layout", "components", "forms", "landing", "vouchers")
"""The stylesheets of a light page, in their order."""

_ALONE = {"landing"}
"""What stands in light pages alone: it styles what other public pages have as well."""

_A_YEAR = 31_536_000


@dataclass(frozen=True, slots=True)
class Stylesheet:
    """The style of all pages that are not light. `version`: its content in a word."""

    css: str
    version: str


def init_light_pages(app: Flask, config: Config) -> None:
    """Let templates ask for `page_style()`, and have what is everybody's kept for as long as its address holds."""
    brand = brand_style(config)
    app.jinja_env.globals.update(page_style=lambda: _page_style(brand))

    @app.url_defaults
    def name_content(endpoint: str, values: dict[str, str]) -> None:
        """The content's digest in the address of a static file."""
        if endpoint in STATIC and "v" not in values:
            values["v"] = _version(endpoint, values["filename"])

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint in EVERYBODYS and request.args.get("v") and response.status_code in (200, 304):
            response.headers["Cache-Control"] = f"public, max-age={_A_YEAR}, immutable"
        return response


def stylesheet(config: Config) -> Stylesheet:
    """The one stylesheet: Bootstrap, the design system with the owner's colours, and the style of each room."""
    bootstrap = Path(current_app.blueprints["bootstrap"].static_folder or "") / "css" / "bootstrap.min.css"
    return _joined(bootstrap, Path(current_app.static_folder or ""), brand_style(config))


def style_url(config: Config) -> str:
    """Where the one stylesheet is, by its content."""
    return url_for("health.style", v=stylesheet(config).version)


def brand_style(config: Config) -> str:
    """The owner's two colours as the design system's tokens, with lighter twins for dark screens."""
    tokens = []
    for name, colour in (("primary", config.brand_primary), ("accent", config.brand_accent)):
        red_green_blue = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
        lighter = [part + (255 - part) * 45 // 100 for part in red_green_blue]
        tokens.append(f"--brand-{name}-rgb:{_listed(red_green_blue)};--brand-{name}-dark-rgb:{_listed(lighter)}")
    return f":root{{{';'.join(tokens)}}}\n"


def style_source() -> str:
    """What the policy of this answer says of styles: our own files, and the style that stands in the page."""
    allowed: str | None = g.get("page_style")
    return f"style-src 'self' '{allowed}'" if allowed else ""


def _page_style(brand: str) -> Markup:
    css, source = _written(Path(current_app.static_folder or ""), brand)
    g.page_style = source
    return Markup(f"<style>{css}</style>")  # noqa: S704 - our own stylesheets and two checked colours


@lru_cache(maxsize=4)
def _joined(bootstrap: Path, folder: Path, brand: str) -> Stylesheet:
    """The one stylesheet; read once a process."""
    rooms = sorted({path.stem for path in (folder / "css").glob("*.css")} - {*_BASE, *_ALONE})
    css = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", bootstrap.read_text(encoding="utf-8")).strip()
    css = "\n".join((css, _short(folder, _BASE), brand.strip(), _short(folder, rooms)))
    return Stylesheet(css, digest(css.encode())[:12])


@lru_cache(maxsize=4)
def _written(folder: Path, brand: str) -> tuple[str, str]:
    """The style of a light page, and its digest as a policy names it; read once a process."""
    css = _short(folder, _LIGHT) + brand.strip()
    return css, f"sha256-{b64encode(sha256(css.encode()).digest()).decode()}"


def _short(folder: Path, names: Iterable[str]) -> str:
    """These stylesheets on one line, without their comments."""
    css = "\n".join((folder / "css" / f"{name}.css").read_text(encoding="utf-8") for name in names)
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"\s+", " ", css)).replace(";}", "}").strip()


def _version(endpoint: str, filename: str) -> str:
    blueprint, _dot, _static = endpoint.rpartition(".")
    folder = current_app.blueprints[blueprint].static_folder if blueprint else current_app.static_folder
    return _digest_of(Path(folder or "") / filename)


@lru_cache(maxsize=512)
def _digest_of(path: Path) -> str:
    """The content of a file in a word; empty where there is none. Read once a process."""
    return digest(path.read_bytes())[:12] if path.is_file() else ""


def _listed(parts: list[int]) -> str:
    return ",".join(str(part) for part in parts)
