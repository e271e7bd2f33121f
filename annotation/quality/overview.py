"""A project in numbers, for dashboards. Counted from the rows, so it cannot drift (projects/figures.py)."""

from django.db.models import Count, Q

from annotation.corpus.models import Completion, Prompt, PromptSet
from annotation.labeling.models import Demonstration, Item, Ranking
from annotation.projects.figures import counter
from annotation.projects.models import Membership, Project
from annotation.registry.models import ModelVersion


@counter
def overview_of(project: Project) -> dict[str, int]:
    """Counts of items, judgments, people, texts and model versions."""
    items = Item.objects.filter(project=project, control="").aggregate(
        # a turn of a chat is its labeler's own, not work that waits for somebody
        items_open=Count("id", filter=Q(state="open", chat_turn=None)),
        items_done=Count("id", filter=Q(state="done")),
        items_triage=Count("id", filter=Q(state="triage")),
    )
    mine = Q(project=project, state="counted", item__control="")
    control = PromptSet.Purpose.CONTROL
    return {
        **items,
        "rankings": Ranking.objects.filter(mine).count(),
        "demonstrations": Demonstration.objects.filter(mine).count(),
        "people": Membership.objects.filter(project=project).values("user").distinct().count(),
        "prompts": Prompt.objects.filter(prompt_set__project=project)
        .exclude(prompt_set__purpose=control)
        .count(),
        "completions": Completion.objects.filter(prompt__prompt_set__project=project)
        .exclude(prompt__prompt_set__purpose=control)
        .exclude(demonstration__item__control__gt="")
        .count(),
        "versions": ModelVersion.objects.filter(project=project).count(),
    }
