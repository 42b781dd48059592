"""What processes on several hosts share: who does what the clock asks for, long jobs that had trouble, counted tries."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("effects", "0002_exam")]

    operations = [
        migrations.CreateModel(
            name="Duty",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("holder", models.TextField()),
                ("until", models.DateTimeField()),
                ("done_on", models.DateField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="LongJob",
            fields=[
                ("key", models.TextField(primary_key=True, serialize=False)),
                ("begun", models.IntegerField(default=0)),
                ("stumbled", models.IntegerField(default=0)),
                ("not_before", models.DateTimeField()),
                ("trouble", models.TextField(default="")),
            ],
        ),
        migrations.CreateModel(
            name="Counter",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("value", models.IntegerField()),
                ("until", models.DateTimeField(db_index=True)),
            ],
        ),
    ]
