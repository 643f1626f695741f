from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("suite", "0002_webhooks"),
    ]

    operations = [
        migrations.RunSQL(
            # The first number taken changes nothing that can be read.
            "CREATE SEQUENCE suite_module_generation; SELECT nextval('suite_module_generation')",
            "DROP SEQUENCE suite_module_generation",
        ),
    ]
