from django.db import migrations, models

KNOWN = [
    "case.apply",
    "case.file_for",
    "case.accept",
    "case.refuse_acceptance",
    "case.ask_correction",
    "case.claim",
    "case.review",
    "case.pause",
    "case.extend",
    "case.decide",
    "case.deliver",
    "case.terminate",
    "case.hand_over",
    "case.search",
    "case.endorse",
    "case.expedite",
    "case.supply",
    "case.consult",
    "case.opine",
    "expert.manage",
    "private.reveal",
    "private.destroy",
    "views.read",
    "stand_in.arrange",
    "token.manage",
    "catalogue.read",
    "catalogue.import",
    "catalogue.edit",
    "catalogue.publish",
    "directory.manage",
    "calendar.import",
    "figures.read",
    "figures.bring_forward",
    "report.contribute",
    "report.edit",
    "report.review",
    "report.issue",
    "report.import",
    "journal.audit",
    "outbox.read",
    "window.act",
    "window.manage",
    "catalogue.authorise",
    "catalogue.lists",
    "hall.inspect",
    "hall.rectify",
    "duty.plan",
    "duty.record",
    "feedback.handle",
    "feedback.review",
    "integrity.read",
    "programme.keep",
    "programme.manage",
    "score.manage",
    "dashboard.read",
    "report.forms",
    "case.file_bulk",
    "case.act_bulk",
    "exchange.resolve",
    "exchange.manage",
    "analysis.read",
    "list.export",
    "parts.read",
    "clock.move",
]


class Migration(migrations.Migration):
    """Posts may hold the capabilities of bulk filing, the exchange, analysis and exports."""

    dependencies = [("directory", "0006_tokens")]

    operations = [
        migrations.RemoveConstraint("post", "post_known_capabilities"),
        migrations.AddConstraint(
            "post",
            models.CheckConstraint(
                condition=models.Q(capabilities__contained_by=KNOWN), name="post_known_capabilities"
            ),
        ),
    ]
