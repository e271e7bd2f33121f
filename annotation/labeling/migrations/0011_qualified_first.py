"""Somebody who must qualify first is handed nothing new; what they hold already stays theirs."""

from importlib import import_module

from django.db import migrations

screen = import_module("annotation.labeling.migrations.0007_screen")
private = import_module("annotation.labeling.migrations.0010_private_slots")

BEFORE = private.without_private(screen.CLAIM, private.OWN)

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


def with_qualification(sql: str) -> str:
    """The claim with one more question, after whether the project is active."""
    assert ACTIVE in sql
    return sql.replace(ACTIVE, ACTIVE + QUALIFIED)


class Migration(migrations.Migration):
    dependencies = [("labeling", "0010_private_slots"), ("projects", "0005_pass_mark")]
    operations = [migrations.RunSQL(screen.again(with_qualification(BEFORE)), screen.again(BEFORE))]
