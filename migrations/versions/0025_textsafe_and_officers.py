"""TextSafe: requests, their course, texts, hand-overs, incidents, cases, counts; officers."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "textsafe_count",
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("how_many", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_textsafe_count_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("month", "organisation_id", "what", name=op.f("pk_textsafe_count")),
    )
    op.create_table(
        "textsafe_case",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("reference_mark", sa.LargeBinary(), nullable=False),
        sa.Column("force_reference", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("referred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("referred_by", sa.Uuid(), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_textsafe_case_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["referred_by"],
            ["staff_member.id"],
            name=op.f("fk_textsafe_case_referred_by_staff_member"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_textsafe_case")),
        sa.UniqueConstraint(
            "organisation_id", "reference_mark", name=op.f("uq_textsafe_case_organisation_id")
        ),
    )
    op.create_index(
        "ix_textsafe_case_open",
        "textsafe_case",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("referred_at IS NULL AND found_at IS NULL"),
    )

    op.create_table(
        "textsafe_force",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by"],
            ["staff_member.id"],
            name=op.f("fk_textsafe_force_changed_by_staff_member"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_textsafe_force_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_textsafe_force")),
    )
    op.create_table(
        "textsafe_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column("api_key_id", sa.Uuid(), nullable=True),
        sa.Column("key_mark", sa.LargeBinary(), nullable=False),
        sa.Column("content_mark", sa.LargeBinary(), nullable=False),
        sa.Column("force_reference", sa.Text(), nullable=False),
        sa.Column("reference_mark", sa.LargeBinary(), nullable=False),
        sa.Column("officer", sa.Text(), nullable=False),
        sa.Column("officer_email", sa.Text(), nullable=False),
        sa.Column("caller_id", sa.Uuid(), nullable=False),
        sa.Column("age_band", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("risk", sa.String(length=40), nullable=False),
        sa.Column("suicide_risk", sa.String(length=40), nullable=False),
        sa.Column("basis", sa.String(length=40), nullable=False),
        sa.Column("given_by", sa.String(length=40), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_how", sa.String(length=40), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("in_other_hands", sa.String(length=40), nullable=False),
        sa.Column("repeat_wanted", sa.Boolean(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_training", sa.Boolean(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("decision", sa.String(length=40), nullable=False),
        sa.Column("refusal", sa.String(length=40), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("dealt_with_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "basis <> 'consent' OR (given_by IS NOT NULL AND given_at IS NOT NULL AND given_how IS NOT NULL)",
            name=op.f("ck_textsafe_request_consent_says_who_when_how"),
        ),
        sa.CheckConstraint(
            "decision <> 'rejected' OR refusal IS NOT NULL",
            name=op.f("ck_textsafe_request_a_refusal_has_a_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["api_key_id"], ["api_key.id"], name=op.f("fk_textsafe_request_api_key_id_api_key")
        ),
        sa.ForeignKeyConstraint(
            ["caller_id"], ["caller.id"], name=op.f("fk_textsafe_request_caller_id_caller")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["staff_member.id"],
            name=op.f("fk_textsafe_request_decided_by_staff_member"),
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["staff_member.id"],
            name=op.f("fk_textsafe_request_officer_id_staff_member"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_textsafe_request_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_textsafe_request")),
        sa.UniqueConstraint(
            "organisation_id", "key_mark", name=op.f("uq_textsafe_request_organisation_id")
        ),
    )
    op.create_index(
        op.f("ix_textsafe_request_caller_id"), "textsafe_request", ["caller_id"], unique=False
    )
    op.create_index(
        "ix_textsafe_request_of_force",
        "textsafe_request",
        ["organisation_id", "number"],
        unique=False,
    )
    op.create_index(
        "ix_textsafe_request_reference",
        "textsafe_request",
        ["organisation_id", "reference_mark"],
        unique=False,
    )
    op.create_index(
        "ix_textsafe_request_to_approve",
        "textsafe_request",
        ["number"],
        unique=False,
        postgresql_where=sa.text("decision = 'to_approve'"),
    )
    op.create_index(
        "uq_textsafe_request_open",
        "textsafe_request",
        ["organisation_id", "caller_id"],
        unique=True,
        postgresql_where=sa.text("is_open"),
    )

    op.create_table(
        "textsafe_course",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ending", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["textsafe_request.id"],
            name=op.f("fk_textsafe_course_request_id_textsafe_request"),
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_textsafe_course")),
    )
    op.create_index(
        "ix_textsafe_course_due",
        "textsafe_course",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL AND next_at IS NOT NULL"),
    )

    op.create_table(
        "textsafe_hand_over",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("consent_of", sa.String(length=40), nullable=False),
        sa.Column("consent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consent_how", sa.String(length=40), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_over_by", sa.Uuid(), nullable=True),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "approved_by <> proposed_by", name=op.f("ck_textsafe_hand_over_two_people")
        ),
        sa.CheckConstraint(
            "handed_over_at IS NULL OR approved_at IS NOT NULL",
            name=op.f("ck_textsafe_hand_over_approved_before_handed_over"),
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"],
            ["staff_member.id"],
            name=op.f("fk_textsafe_hand_over_approved_by_staff_member"),
        ),
        sa.ForeignKeyConstraint(
            ["handed_over_by"],
            ["staff_member.id"],
            name=op.f("fk_textsafe_hand_over_handed_over_by_staff_member"),
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"],
            ["staff_member.id"],
            name=op.f("fk_textsafe_hand_over_proposed_by_staff_member"),
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["textsafe_request.id"],
            name=op.f("fk_textsafe_hand_over_request_id_textsafe_request"),
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_textsafe_hand_over")),
    )
    op.create_table(
        "textsafe_misdirected",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("showed", sa.String(length=40), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.Uuid(), nullable=False),
        sa.Column("done", sa.Text(), nullable=False),
        sa.Column("form_key", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["noted_by"],
            ["staff_member.id"],
            name=op.f("fk_textsafe_misdirected_noted_by_staff_member"),
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["textsafe_request.id"],
            name=op.f("fk_textsafe_misdirected_request_id_textsafe_request"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_textsafe_misdirected")),
        sa.UniqueConstraint("form_key", name=op.f("uq_textsafe_misdirected_form_key")),
    )
    op.create_index(
        op.f("ix_textsafe_misdirected_request_id"),
        "textsafe_misdirected",
        ["request_id"],
        unique=False,
    )

    op.create_table(
        "textsafe_text",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("caller_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("carrier_sid", sa.Text(), nullable=True),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["caller_id"], ["caller.id"], name=op.f("fk_textsafe_text_caller_id_caller")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["textsafe_request.id"],
            name=op.f("fk_textsafe_text_request_id_textsafe_request"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_textsafe_text")),
    )
    op.create_index(
        "ix_textsafe_text_caller", "textsafe_text", ["caller_id", "left_at"], unique=False
    )
    op.create_index(
        op.f("ix_textsafe_text_request_id"), "textsafe_text", ["request_id"], unique=False
    )

    op.add_column(
        "contact", sa.Column("follows_outreach_at", sa.DateTime(timezone=True), nullable=True)
    )

    op.add_column("invitation", sa.Column("organisation_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_invitation_organisation_id_organisation"),
        "invitation",
        "organisation",
        ["organisation_id"],
        ["id"],
    )

    op.add_column("staff_member", sa.Column("organisation_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_staff_member_organisation_id_organisation"),
        "staff_member",
        "organisation",
        ["organisation_id"],
        ["id"],
    )


def downgrade() -> None:
    op.drop_constraint(
        op.f("fk_staff_member_organisation_id_organisation"), "staff_member", type_="foreignkey"
    )
    op.drop_column("staff_member", "organisation_id")

    op.drop_constraint(
        op.f("fk_invitation_organisation_id_organisation"), "invitation", type_="foreignkey"
    )
    op.drop_column("invitation", "organisation_id")

    op.drop_column("contact", "follows_outreach_at")

    op.drop_index(op.f("ix_textsafe_text_request_id"), table_name="textsafe_text")
    op.drop_index("ix_textsafe_text_caller", table_name="textsafe_text")

    op.drop_table("textsafe_text")
    op.drop_index(op.f("ix_textsafe_misdirected_request_id"), table_name="textsafe_misdirected")

    op.drop_table("textsafe_misdirected")
    op.drop_table("textsafe_hand_over")
    op.drop_index("ix_textsafe_course_due", table_name="textsafe_course")

    op.drop_table("textsafe_course")
    op.drop_index("uq_textsafe_request_open", table_name="textsafe_request")
    op.drop_index("ix_textsafe_request_to_approve", table_name="textsafe_request")
    op.drop_index("ix_textsafe_request_reference", table_name="textsafe_request")
    op.drop_index("ix_textsafe_request_of_force", table_name="textsafe_request")
    op.drop_index(op.f("ix_textsafe_request_caller_id"), table_name="textsafe_request")

    op.drop_table("textsafe_request")
    op.drop_table("textsafe_force")
    op.drop_index("ix_textsafe_case_open", table_name="textsafe_case")

    op.drop_table("textsafe_case")
    op.drop_table("textsafe_count")
