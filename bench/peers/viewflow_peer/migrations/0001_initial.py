# mypy: ignore-errors
"""The table of the processes; those of Viewflow must be there before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One table beside Viewflow's."""

    dependencies = [("viewflow", "__latest__")]
    operations = [
        migrations.CreateModel(
            "CaseProcess",
            [
                (
                    "process_ptr",
                    models.OneToOneField(
                        "viewflow.Process",
                        models.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("case_number", models.CharField(max_length=40, unique=True)),
            ],
            bases=("viewflow.process",),
        )
    ]
