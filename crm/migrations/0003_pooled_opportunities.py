"""What is open of customers in a pool is nobody's from now on."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("crm", "0002_whole")]

    operations = [
        migrations.RunSQL(
            """
            UPDATE crm_opportunity o SET owner_id = NULL FROM crm_customer c
            WHERE c.id = o.customer_id AND c.owner_id IS NULL AND o.status = 'OPEN'
            """,
            migrations.RunSQL.noop,
        ),
    ]
