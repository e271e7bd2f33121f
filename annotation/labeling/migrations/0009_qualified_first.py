"""Somebody who must qualify first is handed nothing new; what they hold already stays theirs."""

from importlib import import_module

from django.db import migrations

screen = import_module("annotation.labeling.migrations.0007_screen")

ACTIVE = """
    outcome := 'paused';
    RETURN;
  END IF;
"""
QUALIFIED = """
  PERFORM 1 FROM projects_project p WHERE p.id = p_project AND p.pass_mark IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM projects_membership m
                     WHERE m.user_id = p_labeler AND m.project_id = p_project
                       AND m.role = 'labeler' AND m.qualified_at IS NOT NULL);
  IF FOUND THEN
    outcome := 'not_qualified';
    RETURN;
  END IF;
"""


class Migration(migrations.Migration):
    dependencies = [("labeling", "0008_reports"), ("projects", "0005_pass_mark")]
    operations = [
        migrations.RunSQL(
            screen.again(screen.CLAIM.replace(ACTIVE, ACTIVE + QUALIFIED)),
            screen.again(screen.CLAIM),
        )
    ]
