"""Templates and photos of faces. Both rest sealed; erasing leaves the row as its proof."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base, Code

_KEPT = text("erased_at IS NULL")


class FaceTemplate(Base):
    """A face as an engine's vector: a person's own (enrolled), or a client's in one development."""

    __tablename__ = "face_templates"
    __table_args__ = (
        CheckConstraint("(person_id IS NULL) <> (client_id IS NULL)", name="one_subject"),
        CheckConstraint("(client_id IS NULL) = (development_id IS NULL)", name="client_in_development"),
        CheckConstraint("(vector_sealed IS NULL) = (erased_at IS NOT NULL)", name="erased_is_gone"),
        Index("ix_face_templates_client", "client_id", "development_id"),
        Index("ix_face_templates_changed", "development_id", "changed"),
        Index("ix_face_templates_kept", "person_id", sqlite_where=_KEPT, postgresql_where=_KEPT),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    client_id: Mapped[int | None] = mapped_column(ForeignKey("clients.id"))
    development_id: Mapped[int | None] = mapped_column(ForeignKey("developments.id"))
    showing_id: Mapped[int | None] = mapped_column(ForeignKey("showings.id"))
    engine: Mapped[str] = mapped_column(Code)
    engine_version: Mapped[str] = mapped_column(Code)
    vector_sealed: Mapped[bytes | None]
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    """Of a person's own: since when a second person stands for it (`FaceEnrolment`). Until then it accuses nobody."""
    changed: Mapped[int] = mapped_column(server_default=text("0"), deferred=True)
    """When it was stored or erased, in the order of changes: the database's own triggers count (`faces.changes`)."""


class Photo(Base):
    """A kept photo of a showing. The file lies sealed outside the database; its hashes catch a reuse."""

    __tablename__ = "photos"
    __table_args__ = (
        Index("ix_photos_sha256", "sha256", "development_id"),
        Index("ix_photos_changed", "development_id", "changed"),
        Index("ix_photos_kept", "development_id", sqlite_where=_KEPT, postgresql_where=_KEPT),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    showing_id: Mapped[int] = mapped_column(ForeignKey("showings.id"), index=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    file_name: Mapped[str] = mapped_column(String(64), unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
    dhash: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]
    height: Mapped[int]
    taken_at: Mapped[datetime]
    keep_until: Mapped[datetime]
    erased_at: Mapped[datetime | None]
    faces: Mapped[dict[str, Any] | None]
    """Whose face is where: `broker` and `client`, each left, top, width, height in pixels; None of photos of before."""
    changed: Mapped[int] = mapped_column(server_default=text("0"), deferred=True)
    """When it was stored, as `FaceTemplate.changed`."""
