import suite.core.encryption
from suite.core.encryption import encrypt, fingerprint
from django.conf import settings
from django.db import migrations, models


def encrypt_rows(apps, schema_editor):
    """What stands there in clear text, in the history too; nobody changed anything, so no history is written of it."""
    with schema_editor.connection.cursor() as cursor:
        for table, key, more in (
            ("hrm_employee", "id", ", id_fingerprint = fresh.print"),
            ("hrm_employeeevent", "pgh_id", ""),
        ):
            cursor.execute(
                f"SELECT {key}, id_number, bank_account FROM {table} WHERE id_number <> '' OR bank_account <> ''"
            )
            rows = [
                (pk, number and encrypt(number), account and encrypt(account), fingerprint(number))
                for pk, number, account in cursor.fetchall()
            ]
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(
                f"""
                UPDATE {table} SET id_number = fresh.number, bank_account = fresh.account{more}
                FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS fresh (pk, number, account, print)
                WHERE {table}.{key} = fresh.pk
                """,
                [list(column) for column in zip(*rows)] or [[], [], [], []],
            )
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


class Migration(migrations.Migration):

    dependencies = [
        ('hrm', '0001_initial'),
        ('suite', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='employee',
            name='id_fingerprint',
            field=models.CharField(blank=True, default='', editable=False, max_length=64, verbose_name='fingerprint of the ID card number'),
        ),
        migrations.AlterField(
            model_name='employee',
            name='bank_account',
            field=suite.core.encryption.EncryptedField(blank=True, max_length=40, verbose_name='bank account'),
        ),
        migrations.AlterField(
            model_name='employee',
            name='id_number',
            field=suite.core.encryption.EncryptedField(blank=True, max_length=18, verbose_name='ID card number'),
        ),
        migrations.AlterField(
            model_name='employeeevent',
            name='bank_account',
            field=suite.core.encryption.EncryptedField(blank=True, max_length=40, verbose_name='bank account'),
        ),
        migrations.AlterField(
            model_name='employeeevent',
            name='id_number',
            field=suite.core.encryption.EncryptedField(blank=True, max_length=18, verbose_name='ID card number'),
        ),
        migrations.RunPython(encrypt_rows, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='employee',
            constraint=models.UniqueConstraint(condition=models.Q(('id_fingerprint', ''), _negated=True), fields=('company', 'id_fingerprint'), name='employee_id_number_once'),
        ),
    ]
