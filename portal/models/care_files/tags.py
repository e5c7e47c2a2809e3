"""The vocabulary of tags, and which file bears which."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...rules.care_files.facts import Fact
from ...rules.care_files.tags import TagKind
from ..accounts.people import Person
from ..base import Base, one_of
from ..care.files import CareFile

_OURS = text("merged_into_id IS NULL AND agency_id IS NULL")
_AGENCYS = text("merged_into_id IS NULL AND agency_id IS NOT NULL")
_BORNE = text("removed_at IS NULL AND agency_id IS NULL")
_BORNE_THERE = text("removed_at IS NULL AND agency_id IS NOT NULL")


class CareTag(Base):
    """A word by which files are found (标签). `folded`: by what two words are one. An agency's own words are its alone;
    those without an `agency_id` are the developer's, and everybody may set them.

    `fact` and `at_least`: it sets itself when the figure is that large, and is never stored with a file. A word that
    was merged stands for the other one from then on (`merged_into_id`), wherever it was set.
    """

    __tablename__ = "care_tags"
    __table_args__ = (
        one_of("kind", TagKind),
        one_of("fact", Fact),
        CheckConstraint("(fact IS NULL) = (at_least IS NULL)", name="rule_is_whole"),
        CheckConstraint("fact IS NULL OR merged_into_id IS NULL", name="rule_is_not_merged"),
        CheckConstraint("merged_into_id <> id", name="is_merged_into_another"),
        Index("uq_care_tags_folded", "folded", unique=True, sqlite_where=_OURS, postgresql_where=_OURS),
        Index(
            "uq_care_tags_agency", "folded", "agency_id", unique=True, sqlite_where=_AGENCYS, postgresql_where=_AGENCYS
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"))
    kind: Mapped[TagKind]
    word: Mapped[str] = mapped_column(String(40))
    word_en: Mapped[str | None] = mapped_column(String(40))
    folded: Mapped[str] = mapped_column(String(40))
    fact: Mapped[Fact | None]
    at_least: Mapped[int | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("care_tags.id"), index=True)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime]


class CareTagging(Base):
    """A tag on a file, set by a side; taken away, the row stays and says by whom and when."""

    __tablename__ = "care_taggings"
    __table_args__ = (
        CheckConstraint("(removed_at IS NULL) = (removed_by IS NULL)", name="removed_by_whom"),
        Index("uq_care_taggings_borne", "file_id", "tag_id", unique=True, sqlite_where=_BORNE, postgresql_where=_BORNE),
        Index(
            "uq_care_taggings_agency",
            "file_id",
            "tag_id",
            "agency_id",
            unique=True,
            sqlite_where=_BORNE_THERE,
            postgresql_where=_BORNE_THERE,
        ),
        Index("ix_care_taggings_tag", "tag_id", "file_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("care_files.id"))
    tag_id: Mapped[int] = mapped_column(ForeignKey("care_tags.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"))
    at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    file: Mapped[CareFile] = relationship()
    tag: Mapped[CareTag] = relationship()
    by: Mapped[Person] = relationship(foreign_keys=[by_id])
