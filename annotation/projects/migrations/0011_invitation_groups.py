"""An invitation may lead straight into groups."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("projects", "0010_kept_figures")]
    operations = [
        migrations.AddField(
            model_name="invitation",
            name="groups",
            field=models.ManyToManyField(blank=True, related_name="+", to="projects.group"),
        ),
    ]
