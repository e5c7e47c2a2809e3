"""What is known of a client: needs, days, behaviour, tags, points, lists brought in; and files are found by words.

Rows are added and never change. Where one holds a sealed value, that alone may be written anew: with another key, or
emptied when it is erased. The next rules of points take two people.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0108"
down_revision = "0107"
branch_labels = None
depends_on = None

SEALED = {
    "care_needs": ("id", "file_id", "by_id", "agency_id", "shown_to_other", "at", "known"),
    "care_grounds": ("id", "judgement_id", "mark"),
    "care_days": ("id", "file_id", "by_id", "agency_id", "at", "kind"),
}
"""Of these the other columns stand."""

ONLY_GROW = ("care_sightings", "care_scorings", "care_imports")

FACTS = (
    "virtual_tours",
    "price_questions",
    "loan_questions",
    "family_visits",
    "visits",
    "contacts",
    "days_without_contact",
    "money",
    "authority",
    "desire",
    "needs_known",
    "registered",
    "walked_in",
    "referred",
    "by_poster",
)
UNIQUE = (
    ("uq_care_tags_folded", "care_tags", ["folded"], "merged_into_id IS NULL AND agency_id IS NULL"),
    ("uq_care_tags_agency", "care_tags", ["folded", "agency_id"], "merged_into_id IS NULL AND agency_id IS NOT NULL"),
    ("uq_care_taggings_borne", "care_taggings", ["file_id", "tag_id"], "removed_at IS NULL AND agency_id IS NULL"),
    (
        "uq_care_taggings_agency",
        "care_taggings",
        ["file_id", "tag_id", "agency_id"],
        "removed_at IS NULL AND agency_id IS NOT NULL",
    ),
)
"""Each word once a side, and each word on a file once a side."""
PROPOSED = ("toml", "note", "proposed_by", "proposed_at")
UNPROPOSED = """
    NEW.published_by IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM care_scoring_drafts AS draft
        WHERE draft.state = 'proposed' AND draft.proposed_by <> NEW.published_by AND draft.toml = NEW.toml
    )
"""
ONE = (
    "(registration_id IS NOT NULL AND touch_id IS NULL AND lead_id IS NULL)"
    " OR (registration_id IS NULL AND (touch_id IS NULL) <> (lead_id IS NULL))"
)
ONE_OF_FOUR = (
    "(CASE WHEN registration_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN touch_id IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN lead_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN care_file_id IS NULL THEN 0 ELSE 1 END) = 1"
)


def upgrade() -> None:
    _known()
    _tags()
    _scorings()
    _imports()
    for name, columns in SEALED.items():
        _guard(name, f"UPDATE OF {', '.join(columns)}")
    for name in ONLY_GROW:
        _guard(name, "UPDATE", "append_only")
    _two_people()
    with op.batch_alter_table("search_terms") as table:
        table.add_column(sa.Column("care_file_id", BigInt, nullable=True))
        table.create_foreign_key(op.f("fk_search_terms_care_file_id"), "care_files", ["care_file_id"], ["id"])
        table.drop_constraint(op.f("ck_search_terms_of_one"), type_="check")
        table.create_check_constraint(op.f("ck_search_terms_of_one"), ONE_OF_FOUR)
    op.create_index(op.f("ix_search_terms_care_file_id"), "search_terms", ["care_file_id"])
    op.create_index("uq_search_terms_care_file", "search_terms", ["digest", "care_file_id"], unique=True)


def downgrade() -> None:
    op.execute("DELETE FROM search_terms WHERE care_file_id IS NOT NULL")
    op.drop_index("uq_search_terms_care_file", "search_terms")
    op.drop_index(op.f("ix_search_terms_care_file_id"), "search_terms")
    with op.batch_alter_table("search_terms") as table:
        table.drop_constraint(op.f("ck_search_terms_of_one"), type_="check")
        table.create_check_constraint(op.f("ck_search_terms_of_one"), ONE)
        table.drop_constraint(op.f("fk_search_terms_care_file_id"), type_="foreignkey")
        table.drop_column("care_file_id")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER care_scorings_by_two")
    else:
        op.execute("DROP TRIGGER care_scorings_by_two ON care_scorings")
        op.execute("DROP FUNCTION refuse_scoring_of_one()")
    tables = ("care_imports", "care_scoring_drafts", "care_scorings", "care_taggings", "care_tags", "care_sightings")
    for name in (*tables, "care_days", "care_grounds", "care_needs"):
        op.drop_table(name)


def _known() -> None:
    _of_a_file(
        "care_needs",
        sa.Column("shown_to_other", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("known", BigInt, nullable=False),
        sa.Column("needs_sealed", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "care_grounds",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("judgement_id", BigInt, nullable=False),
        sa.Column("mark", sa.String(length=40), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=False),
        _known_words("care_grounds", "mark", ("money", "authority", "desire")),
        _refers("care_grounds", "judgement_id", "care_judgements"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_grounds")),
        sa.UniqueConstraint("judgement_id", "mark", name=op.f("uq_care_grounds_judgement_id_mark")),
    )
    _of_a_file(
        "care_days",
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("day_sealed", sa.LargeBinary(), nullable=False),
        _known_words("care_days", "kind", ("birthday", "wedding", "school_entry")),
    )
    _of_a_file(
        "care_sightings",
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("behaviour", sa.String(length=40), nullable=False),
        sa.Column("undoes_id", BigInt, nullable=True),
        _known_words("care_sightings", "behaviour", ("virtual_tour", "asked_price", "asked_loan", "brought_family")),
        _refers("care_sightings", "undoes_id", "care_sightings"),
        sa.UniqueConstraint("undoes_id", name=op.f("uq_care_sightings_undoes_id")),
    )
    for name in ("care_needs", "care_days", "care_sightings"):
        op.create_index(f"ix_{name}_file", name, ["file_id", "id"])


def _tags() -> None:
    op.create_table(
        "care_tags",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("agency_id", BigInt, nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("word", sa.String(length=40), nullable=False),
        sa.Column("word_en", sa.String(length=40), nullable=True),
        sa.Column("folded", sa.String(length=40), nullable=False),
        sa.Column("fact", sa.String(length=40), nullable=True),
        sa.Column("at_least", BigInt, nullable=True),
        sa.Column("merged_into_id", BigInt, nullable=True),
        sa.Column("made_by", BigInt, nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        _known_words("care_tags", "kind", ("basic", "behaviour", "source")),
        _known_words("care_tags", "fact", FACTS),
        sa.CheckConstraint("(fact IS NULL) = (at_least IS NULL)", name=op.f("ck_care_tags_rule_is_whole")),
        sa.CheckConstraint("fact IS NULL OR merged_into_id IS NULL", name=op.f("ck_care_tags_rule_is_not_merged")),
        sa.CheckConstraint("merged_into_id <> id", name=op.f("ck_care_tags_is_merged_into_another")),
        _refers("care_tags", "merged_into_id", "care_tags"),
        _refers("care_tags", "made_by", "people"),
        _refers("care_tags", "agency_id", "agencies"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_tags")),
    )
    op.create_index(op.f("ix_care_tags_merged_into_id"), "care_tags", ["merged_into_id"])
    _of_a_file(
        "care_taggings",
        sa.Column("tag_id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("removed_by", BigInt, nullable=True),
        sa.CheckConstraint(
            "(removed_at IS NULL) = (removed_by IS NULL)", name=op.f("ck_care_taggings_removed_by_whom")
        ),
        _refers("care_taggings", "tag_id", "care_tags"),
        _refers("care_taggings", "removed_by", "people"),
    )
    for index, table, columns, where in UNIQUE:
        op.create_index(
            index, table, columns, unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )
    op.create_index("ix_care_taggings_tag", "care_taggings", ["tag_id", "file_id"])


def _scorings() -> None:
    op.create_table(
        "care_scorings",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("version", BigInt, nullable=False),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("published_by", BigInt, nullable=True),
        _refers("care_scorings", "published_by", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_scorings")),
        sa.UniqueConstraint("version", name=op.f("uq_care_scorings_version")),
    )
    name = "care_scoring_drafts"
    op.create_table(
        name,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("version_id", BigInt, nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("proposed_by", BigInt, nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", BigInt, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        _known_words(name, "state", ("proposed", "confirmed", "refused", "withdrawn")),
        sa.CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name=op.f(f"ck_{name}_decided")),
        sa.CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name=op.f(f"ck_{name}_decided_when")),
        sa.CheckConstraint(
            "state NOT IN ('confirmed', 'refused') OR decided_by <> proposed_by",
            name=op.f(f"ck_{name}_second_person"),
        ),
        sa.CheckConstraint("state <> 'withdrawn' OR decided_by = proposed_by", name=op.f(f"ck_{name}_own_withdrawal")),
        sa.CheckConstraint("state <> 'refused' OR length(reason) > 0", name=op.f(f"ck_{name}_has_reason")),
        sa.CheckConstraint("(state = 'confirmed') = (version_id IS NOT NULL)", name=op.f(f"ck_{name}_published_as")),
        _refers(name, "proposed_by", "people"),
        _refers(name, "decided_by", "people"),
        _refers(name, "version_id", "care_scorings"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("version_id", name=op.f(f"uq_{name}_version_id")),
    )
    op.create_index("ix_care_scoring_drafts_state", name, ["state", "id"])


def _imports() -> None:
    name = "care_imports"
    op.create_table(
        name,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("by_id", BigInt, nullable=False),
        sa.Column("agency_id", BigInt, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("made", BigInt, nullable=False),
        sa.Column("added", BigInt, nullable=False),
        sa.Column("left_out", BigInt, nullable=False),
        _known_words(name, "source", ("own_clients", "site_book", "former_system", "gathering")),
        sa.CheckConstraint("length(consent) > 0", name=op.f(f"ck_{name}_says_consent")),
        sa.CheckConstraint("made >= 0 AND added >= 0 AND left_out >= 0", name=op.f(f"ck_{name}_are_counts")),
        _refers(name, "development_id", "developments"),
        _refers(name, "by_id", "people"),
        _refers(name, "agency_id", "agencies"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index("ix_care_imports_by", name, ["by_id", "id"])


def _of_a_file(name: str, *columns: sa.Column | sa.Constraint) -> None:
    """A table of what the developer's people or an agency's wrote in a file."""
    op.create_table(
        name,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("file_id", BigInt, nullable=False),
        sa.Column("by_id", BigInt, nullable=False),
        sa.Column("agency_id", BigInt, nullable=True),
        *columns,
        _refers(name, "file_id", "care_files"),
        _refers(name, "by_id", "people"),
        _refers(name, "agency_id", "agencies"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )


def _known_words(name: str, column: str, words: tuple[str, ...]) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"{column} IN ({', '.join(map(repr, words))})", name=op.f(f"ck_{name}_{column}_known"))


def _refers(name: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{name}_{column}"))


def _guard(name: str, change: str, called: str = "stands") -> None:
    """Nothing is deleted, and nothing changes but a seal."""
    if op.get_bind().dialect.name == "sqlite":
        for deed, on in (("update", change), ("delete", "DELETE")):
            op.execute(
                f"CREATE TRIGGER {name}_no_{deed} BEFORE {on} ON {name} "
                f"BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END"
            )
    else:
        op.execute(
            f"CREATE TRIGGER {name}_{called} BEFORE {change} OR DELETE OR TRUNCATE ON {name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _two_people() -> None:
    """A draft never changes and a decision is final; a version that a person publishes was proposed by another."""
    drafts = "care_scoring_drafts"
    if op.get_bind().dialect.name == "sqlite":
        for name, event in (
            ("text", f"UPDATE OF {', '.join(PROPOSED)} ON {drafts}"),
            ("decision", f"UPDATE ON {drafts} WHEN OLD.state <> 'proposed'"),
            ("delete", f"DELETE ON {drafts}"),
        ):
            op.execute(
                f"CREATE TRIGGER {drafts}_no_{name} BEFORE {event} "
                f"BEGIN SELECT RAISE(ABORT, '{drafts} is append-only'); END"
            )
        op.execute(
            f"CREATE TRIGGER care_scorings_by_two BEFORE INSERT ON care_scorings WHEN {UNPROPOSED} "
            "BEGIN SELECT RAISE(ABORT, 'rules of points are published by another person than proposed them'); END"
        )
        return
    for name, event in (("text", f"UPDATE OF {', '.join(PROPOSED)}"), ("delete", "DELETE OR TRUNCATE")):
        op.execute(
            f"CREATE TRIGGER {drafts}_no_{name} BEFORE {event} ON {drafts} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        f"CREATE TRIGGER {drafts}_no_decision BEFORE UPDATE ON {drafts} "
        "FOR EACH ROW WHEN (OLD.state <> 'proposed') EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"""
        CREATE FUNCTION refuse_scoring_of_one() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {UNPROPOSED} THEN
                RAISE EXCEPTION 'rules of points are published by another person than proposed them';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER care_scorings_by_two BEFORE INSERT ON care_scorings "
        "FOR EACH ROW EXECUTE FUNCTION refuse_scoring_of_one()"
    )
