"""Second factors, invitations, partners and their keys; what a sign-in was proved with."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('organisation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('mail_domains', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_organisation')),
    sa.UniqueConstraint('name', name=op.f('uq_organisation_name'))
    )
    op.create_table('passkey_challenge',
    sa.Column('holder', sa.Uuid(), nullable=False),
    sa.Column('challenge', sa.LargeBinary(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('holder', name=op.f('pk_passkey_challenge'))
    )
    with op.batch_alter_table('passkey_challenge', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_passkey_challenge_made_at'), ['made_at'], unique=False)

    op.create_table('api_key',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('prefix', sa.Text(), nullable=False),
    sa.Column('secret_sha256', sa.LargeBinary(), nullable=False),
    sa.Column('scopes', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('rotated_from', sa.Uuid(), nullable=True),
    sa.Column('minute', sa.DateTime(timezone=True), nullable=True),
    sa.Column('asked', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['made_by'], ['staff_member.id'], name=op.f('fk_api_key_made_by_staff_member')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_api_key_organisation_id_organisation')),
    sa.ForeignKeyConstraint(['rotated_from'], ['api_key.id'], name=op.f('fk_api_key_rotated_from_api_key')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_key')),
    sa.UniqueConstraint('prefix', name=op.f('uq_api_key_prefix'))
    )
    with op.batch_alter_table('api_key', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_api_key_organisation_id'), ['organisation_id'], unique=False)

    op.create_table('authenticator',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('staff_id', sa.Uuid(), nullable=False),
    sa.Column('secret', sa.Text(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_step', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['staff_id'], ['staff_member.id'], name=op.f('fk_authenticator_staff_id_staff_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_authenticator'))
    )
    with op.batch_alter_table('authenticator', schema=None) as batch_op:
        batch_op.create_index('uq_authenticator_begun', ['staff_id'], unique=True, postgresql_where=sa.text('confirmed_at IS NULL'))
        batch_op.create_index('uq_authenticator_confirmed', ['staff_id'], unique=True, postgresql_where=sa.text('confirmed_at IS NOT NULL'))

    op.create_table('half_sign_in',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('staff_id', sa.Uuid(), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('wrong_tries', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['staff_id'], ['staff_member.id'], name=op.f('fk_half_sign_in_staff_id_staff_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_half_sign_in'))
    )
    with op.batch_alter_table('half_sign_in', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_half_sign_in_began_at'), ['began_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_half_sign_in_staff_id'), ['staff_id'], unique=False)

    op.create_table('invitation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('display_name', sa.Text(), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('phone_token', sa.Uuid(), nullable=True),
    sa.Column('fingerprint', sa.LargeBinary(), nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['made_by'], ['staff_member.id'], name=op.f('fk_invitation_made_by_staff_member')),
    sa.ForeignKeyConstraint(['phone_token'], ['vault_entry.token'], name=op.f('fk_invitation_phone_token_vault_entry')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invitation')),
    sa.UniqueConstraint('fingerprint', name=op.f('uq_invitation_fingerprint'))
    )
    op.create_table('passkey',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('staff_id', sa.Uuid(), nullable=False),
    sa.Column('credential_id', sa.LargeBinary(), nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=False),
    sa.Column('sign_count', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['staff_id'], ['staff_member.id'], name=op.f('fk_passkey_staff_id_staff_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passkey')),
    sa.UniqueConstraint('credential_id', name=op.f('uq_passkey_credential_id'))
    )
    with op.batch_alter_table('passkey', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_passkey_staff_id'), ['staff_id'], unique=False)

    op.create_table('recovery_code',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('staff_id', sa.Uuid(), nullable=False),
    sa.Column('fingerprint', sa.LargeBinary(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['staff_id'], ['staff_member.id'], name=op.f('fk_recovery_code_staff_id_staff_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_code'))
    )
    with op.batch_alter_table('recovery_code', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recovery_code_staff_id'), ['staff_id'], unique=False)

    op.create_table('second_factor_reset',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('staff_id', sa.Uuid(), nullable=False),
    sa.Column('by', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['by'], ['staff_member.id'], name=op.f('fk_second_factor_reset_by_staff_member')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff_member.id'], name=op.f('fk_second_factor_reset_staff_id_staff_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_second_factor_reset'))
    )
    with op.batch_alter_table('second_factor_reset', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_second_factor_reset_staff_id'), ['staff_id'], unique=False)

    with op.batch_alter_table('failed_sign_in', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_failed_sign_in_at'), ['at'], unique=False)

    with op.batch_alter_table('sign_in', schema=None) as batch_op:
        batch_op.add_column(sa.Column('proved_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False))
        batch_op.add_column(sa.Column('proof', sa.String(length=40), server_default='password_only', nullable=False))
        batch_op.add_column(sa.Column('browser', sa.Text(), server_default='', nullable=False))



def downgrade() -> None:
    with op.batch_alter_table('sign_in', schema=None) as batch_op:
        batch_op.drop_column('browser')
        batch_op.drop_column('proof')
        batch_op.drop_column('proved_at')

    with op.batch_alter_table('failed_sign_in', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_failed_sign_in_at'))

    with op.batch_alter_table('second_factor_reset', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_second_factor_reset_staff_id'))

    op.drop_table('second_factor_reset')
    with op.batch_alter_table('recovery_code', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_recovery_code_staff_id'))

    op.drop_table('recovery_code')
    with op.batch_alter_table('passkey', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_passkey_staff_id'))

    op.drop_table('passkey')
    op.drop_table('invitation')
    with op.batch_alter_table('half_sign_in', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_half_sign_in_staff_id'))
        batch_op.drop_index(batch_op.f('ix_half_sign_in_began_at'))

    op.drop_table('half_sign_in')
    with op.batch_alter_table('authenticator', schema=None) as batch_op:
        batch_op.drop_index('uq_authenticator_confirmed', postgresql_where=sa.text('confirmed_at IS NOT NULL'))
        batch_op.drop_index('uq_authenticator_begun', postgresql_where=sa.text('confirmed_at IS NULL'))

    op.drop_table('authenticator')
    with op.batch_alter_table('api_key', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_api_key_organisation_id'))

    op.drop_table('api_key')
    with op.batch_alter_table('passkey_challenge', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_passkey_challenge_made_at'))

    op.drop_table('passkey_challenge')
    op.drop_table('organisation')
