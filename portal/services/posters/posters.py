"""Posters of referrers: whose words stand on them, where their codes lead, and the finished files (rules 7.1).

A poster says what the development's look and the referrer's choices make of it. The same one is drawn once a process:
its content is its key, and so its ETag, which is known before anything is drawn.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import urlencode, urljoin

from sqlalchemy import select

from commissions.refusal import Refusal
from referral.drawing.typefaces import drawable
from referral.posters import advertising, display_lines
from referral.posters.design import Design
from referral.posters.design_file import LANGUAGES, Catalogue, catalogue
from referral.posters.offer import Offer
from referral.posters.poster import PosterValues, Sheet, sheet
from referral.posters.trial import SAMPLES

from ...adapters.papers import poster_pdf
from ...adapters.storage.files import Files
from ...config import Config
from ...crypto import digest
from ...models import Campaign, Development, DevelopmentLook, PosterDesign, Referrer
from ...session import Session

DESIGN = "arch"
"""What is shown to who has not chosen yet."""

PAPER = "a4"

OWN_TEXTS = ("name", "title", "headline", "slogan")
"""What a referrer may write on a poster."""

_KEPT = 32  # about half a megabyte each
_PREVIEW_WIDTH = 540
_THUMB_WIDTH, _LARGE_WIDTH = 360, 1080
_FRIEND = {"zh": "您的朋友", "en": "A friend of yours"}  # where the typeface cannot print the name
_NOWHERE = "https://portal.example.com/r/K7M42QX9"


@dataclass(frozen=True, slots=True)
class PosterSettings:
    """What every poster of this house needs: where links lead, the owner's name by language, own designs."""

    base_url: str
    brands: Mapping[str, str]
    folder: Path
    uploaded: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, config: Config) -> "PosterSettings":
        """What is configured, without the designs that were uploaded: see `stocked`."""
        brands = {"zh": config.brand_name_zh, "en": config.brand_name}
        return cls(config.base_url, brands, config.designs_folder)

    def stocked(self, session: Session) -> "PosterSettings":
        """The same with the uploaded designs that referrers are offered now."""
        offered = select(PosterDesign.name, PosterDesign.source).order_by(PosterDesign.id)
        offered = offered.where(PosterDesign.offered_at.is_not(None), PosterDesign.withdrawn_at.is_(None))
        return replace(self, uploaded=dict(session.execute(offered).all()))

    @property
    def catalogue(self) -> Catalogue:
        """The designs that there are; a new file in the folder is one of them at once."""
        return catalogue(self.folder, self.uploaded)

    def design(self, name: str) -> Design:
        """The design of this name. Raises Refusal: poster_design_unknown (fact `design`)."""
        found = self.catalogue.find(name)
        if found is None:
            raise Refusal("poster_design_unknown", field="design", design=name[:30])
        return found


@dataclass(frozen=True, slots=True)
class PosterChoices:
    """What a referrer chose: a design and a language, and words instead of those that are given."""

    design: str = DESIGN
    lang: str = "zh"
    name: str = ""
    title: str = ""
    headline: str = ""
    slogan: str = ""


@dataclass(frozen=True, slots=True)
class PosterSpec:
    """A poster to be drawn: the design and all that it says. Two equal specs are one poster."""

    design: Design
    lang: str
    url: str
    development: str
    headline: str
    body: tuple[str, ...]
    referrer: str
    title: str
    code: str
    brand: str
    permit: str
    colours: tuple[tuple[str, str], ...]
    picture: bytes | None
    label: str = ""
    own_code: str = ""

    @property
    def key(self) -> str:
        """The content in a word."""
        codes = (self.code, self.own_code)
        said = (self.lang, self.url, self.development, self.headline, self.body, self.referrer, self.title, codes)
        return digest(
            repr(
                (_content_of(self.design), said, self.brand, self.permit, self.label, self.colours, self.picture)
            ).encode()
        )[:32]

    @property
    def sheet(self) -> Sheet:
        """The poster, laid out."""
        values = PosterValues(
            development=self.development,
            headline=self.headline,
            body=self.body,
            referrer=self.referrer,
            title=self.title,
            code=self.code,
            own_code=self.own_code,
            brand=self.brand,
            permit=self.permit,
            label=self.label,
            colours=dict(self.colours),
            picture=self.picture,
        )
        return sheet(self.design, values, qr_url=self.url, lang=self.lang)


def link_of(base_url: str, code: str, design: str) -> str:
    """Where the QR code of a poster leads: the landing page of the code, and which design was scanned."""
    return urljoin(base_url, f"/r/{code}?{urlencode({'d': design})}")


def known_designs(session: Session, settings: PosterSettings) -> frozenset[str]:
    """The names that a poster out there may bear: also of designs that were withdrawn since."""
    once_offered = select(PosterDesign.name).where(PosterDesign.offered_at.is_not(None))
    return frozenset(settings.catalogue.designs) | frozenset(session.scalars(once_offered))


def look_of(session: Session, development: Development) -> DevelopmentLook | None:
    """What staff gave the development's posters, if anything."""
    return session.get(DevelopmentLook, development.id)


def permit_of(development: Development) -> str:
    """The number of its permit to sell. Raises Refusal no_presale_permit: without one nothing may be advertised."""
    if not development.presale_permit:
        raise Refusal("no_presale_permit", development=development.name)
    return development.presale_permit


def check_words(choices: PosterChoices, own_name: str) -> None:
    """Ask every word that was chosen whether it may stand under the developer's brand; one's own name may.

    Raises Refusal: own_line_contact, own_line_office, advertising_promise, each with the `field`.
    """
    for field_name in OWN_TEXTS:
        text = getattr(choices, field_name)
        if text != own_name:
            check_line(text, field=field_name)
    check_title(choices.name if choices.name != own_name else "", choices.title)


def check_title(name: str, title: str) -> None:
    """Ask what stands under a name together with it: half a number in each is a number.

    Raises Refusal: own_line_contact, own_line_office, advertising_promise.
    """
    check_line(title, field="title")
    check_line(f"{name}{title}", field="title")


def check_line(text: str, *, field: str = "") -> None:
    """Ask a line that a referrer wrote. Raises Refusal: own_line_contact, own_line_office, advertising_promise."""
    display_lines.check(text, field=field)
    advertising.check(text, field=field)


def spec_of(
    settings: PosterSettings,
    files: Files,
    referrer: Referrer,
    look: DevelopmentLook | None,
    choices: PosterChoices,
    offer: Offer | None = None,
    own_lines: Collection[str] = (),
) -> PosterSpec:
    """What a referrer's poster is to say; of a programme, what it offers (`offers.of`).

    A headline or a line of one's own stands only where it is one of `own_lines`, which staff approved.

    Raises Refusal: poster_design_unknown, no_presale_permit; own_line_contact, own_line_office, advertising_promise for
    what may not stand under the brand.
    """
    check_words(choices, referrer.person.name)
    name = drawable(choices.name) or drawable(referrer.person.name) or _FRIEND[choices.lang]
    let = own_lines if look is not None and look.own_words else ()
    own = PosterChoices(**{key: text for key in ("headline", "slogan") if (text := getattr(choices, key)) in let})
    link = link_of(settings.base_url, referrer.code, choices.design)
    found = _spec(settings, files, referrer.development, look, choices, _Bearer(name, referrer.code, link))
    return _with_own_words(found, own) if offer is None else _with_offer(found, offer)


def sample(
    settings: PosterSettings,
    files: Files,
    development: Development,
    look: DevelopmentLook | None,
    choices: PosterChoices,
) -> PosterSpec:
    """A poster of nobody, for staff who look at a design. Raises Refusal: poster_design_unknown,
    no_presale_permit."""
    name = {"zh": "林静", "en": "Lin Jing"}[choices.lang]
    return _spec(settings, files, development, look, choices, _Bearer(name, "K7M42QX9", settings.base_url))


@lru_cache(maxsize=_KEPT)
def png(wanted: PosterSpec) -> bytes:
    """The poster as a PNG file."""
    return wanted.sheet.png()


@lru_cache(maxsize=4 * _KEPT)
def thumbnail(wanted: PosterSpec) -> bytes:
    """The poster as a JPEG file of a thumb's size, to choose a design by."""
    return wanted.sheet.jpeg(_THUMB_WIDTH, quality=76)


@lru_cache(maxsize=_KEPT)
def preview(wanted: PosterSpec) -> bytes:
    """The poster as a small JPEG file, which a phone on a weak network has soon."""
    return wanted.sheet.jpeg(_PREVIEW_WIDTH)


def trial_key(design: Design, lang: str, sample: str, wide: bool) -> str:
    """What a trial's picture is cached under: a digest of its design, language, sample and size."""
    return digest(f"{_content_of(design)} {lang} {sample} {wide}".encode())[:32]


@lru_cache(maxsize=2 * _KEPT)
def trial(design: Design, lang: str, sample: str, wide: bool) -> bytes:
    """A poster of nobody, with words that are hard to set, as a JPEG file to look at."""
    laid_out = sheet(design, SAMPLES[sample], qr_url=_NOWHERE, lang=lang)
    return laid_out.jpeg(min(design.size[0], _LARGE_WIDTH) if wide else _THUMB_WIDTH)


def pdf(wanted: PosterSpec, now: datetime) -> bytes:
    """The poster as a PDF file for the printer. Raises Refusal: poster_not_for_paper."""
    try:
        return poster_pdf.write(
            _on_paper(wanted).sheet, title=wanted.development, author=wanted.brand, lang=wanted.lang, made_at=now
        )
    except poster_pdf.UnprintableError as error:
        raise Refusal("poster_not_for_paper", design=wanted.design.titles[wanted.lang]) from error


def _on_paper(wanted: PosterSpec) -> PosterSpec:
    """The poster whose scans are counted as those of paper."""
    joint = "&" if "?" in wanted.url else "?"
    return replace(wanted, url=f"{wanted.url}{joint}{urlencode({'c': Campaign.PRINT.value})}")


@dataclass(frozen=True, slots=True)
class _Bearer:
    """Whose poster it is: the name, the code, and the address that it leads to."""

    name: str
    code: str
    url: str


def _spec(
    settings: PosterSettings,
    files: Files,
    development: Development,
    look: DevelopmentLook | None,
    choices: PosterChoices,
    bearer: _Bearer,
) -> PosterSpec:
    words = look.words.get(choices.lang, {}) if look else {}
    given = words.get("body") or [f"{development.city} · {development.address}"]
    colours = {"primary": development.colour} | ({"accent": look.accent} if look and look.accent else {})
    return PosterSpec(
        design=settings.design(choices.design),
        lang=choices.lang if choices.lang in LANGUAGES else LANGUAGES[0],
        url=bearer.url,
        development=words.get("name") or development.name,
        headline=words.get("headline") or development.headline,
        body=tuple(given),
        referrer=bearer.name,
        title=choices.title,
        code=bearer.code,
        brand=settings.brands[choices.lang],
        permit=permit_of(development),
        colours=tuple(sorted(colours.items())),
        picture=_picture(files, look.file_name) if look and look.file_name else None,
    )


def _with_own_words(found: PosterSpec, own: PosterChoices) -> PosterSpec:
    """The poster with the referrer's headline and line instead of the development's."""
    body = (own.slogan,) if drawable(own.slogan) else found.body
    return replace(found, headline=drawable(own.headline) or found.headline, body=body)


def _with_offer(found: PosterSpec, offer: Offer) -> PosterSpec:
    """The poster with a programme's offer for its headline; the development's own headline stands below it."""
    body = (found.headline, *offer.lines)
    return replace(found, headline=offer.headline, body=body, label=offer.label, title=offer.place)


@lru_cache(maxsize=8)
def _picture(files: Files, name: str) -> bytes:
    """A development's picture, opened once: it is asked for with every poster."""
    return files.get(name)


@cache
def _content_of(design: Design) -> str:
    return digest(repr(design).encode())
