import datetime

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    """Tokens by which machines ask."""

    dependencies = [("directory", "0005_reach")]

    operations = [
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("digest", models.CharField(max_length=64, unique=True)),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("made_by", models.TextField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("last_used_on", models.DateField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-made_at", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(
                            ("expires_at__gt", F("made_at")),
                            ("expires_at__lte", F("made_at") + datetime.timedelta(days=366)),
                        ),
                        name="token_at_most_a_year",
                    ),
                    models.CheckConstraint(
                        condition=Q(("digest__regex", "^[0-9a-f]{64}$")), name="token_digest_only"
                    ),
                    models.CheckConstraint(
                        condition=~Q(("name", "")) & ~Q(("scopes", [])), name="token_has_name_and_scope"
                    ),
                ],
            },
        ),
    ]
