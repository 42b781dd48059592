"""Messages are found by whose they are: an account's and an applicant's by one index, the new ones by another."""

from django.db import migrations, models
from django.db.models.functions import Coalesce

from yichuang.kernel.online import DropIndexOnline, IndexOnline

TABLE = "notices_message"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("notices", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                IndexOnline("message_owner", TABLE, "((coalesce(account_id, applicant_id)), id desc)"),
                IndexOnline(
                    "message_unread", TABLE, "((coalesce(account_id, applicant_id))) where read_at is null"
                ),
                DropIndexOnline("message_applicant", TABLE, "(applicant_id, made_at desc)"),
            ],
            state_operations=[
                migrations.RemoveIndex("message", "message_applicant"),
                migrations.AddIndex(
                    "message",
                    models.Index(
                        Coalesce("account_id", "applicant_id"), models.F("id").desc(), name="message_owner"
                    ),
                ),
                migrations.AddIndex(
                    "message",
                    models.Index(
                        Coalesce("account_id", "applicant_id"),
                        condition=models.Q(read_at__isnull=True),
                        name="message_unread",
                    ),
                ),
            ],
        ),
    ]
