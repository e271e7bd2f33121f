"""The standing cast: the people who appear in every test, and their project."""

from dataclasses import dataclass
from functools import cache

from rest_framework.test import APIClient

from annotation.accounts.models import User
from annotation.projects.models import GuidelineVersion, Membership, Project, Role

PASSWORD = "correct-horse-battery"


@dataclass(frozen=True)
class Cast:
    """One project with a person in each role, and an outsider with a project of their own."""

    project: Project
    other_project: Project
    labeler: User
    second_labeler: User
    reviewer: User
    admin: User
    ml: User
    outsider: User

    @property
    def people(self) -> dict[str, User]:
        return {
            "labeler": self.labeler,
            "second_labeler": self.second_labeler,
            "reviewer": self.reviewer,
            "admin": self.admin,
            "ml": self.ml,
            "outsider": self.outsider,
        }


@cache
def _hashed() -> str:
    """Hashing is slow on purpose: once for all tests is enough."""
    from django.contrib.auth.hashers import make_password

    return make_password(PASSWORD)


def _person(name: str, hashed: str) -> User:
    return User.objects.create(username=name, display_name=name.title(), password=hashed)


def assemble() -> Cast:
    """Create everybody; the outsider holds every role, but in another project."""
    people = {
        name: _person(name, _hashed())
        for name in ("labeler", "second_labeler", "reviewer", "admin", "ml", "outsider")
    }
    project = Project.objects.create(
        name="Answers",
        language="en",
        completions_per_item=4,
        axes=["overall"],
        draw_cut=True,
        write_better=True,
        mark_spans=True,
        take_notes=True,
    )
    other = Project.objects.create(name="Elsewhere", language="en", completions_per_item=4)
    GuidelineVersion.objects.create(project=project, number=1, text="Be helpful, be honest.")
    for name, role in (
        ("labeler", Role.LABELER),
        ("second_labeler", Role.LABELER),
        ("reviewer", Role.REVIEWER),
        ("admin", Role.ADMIN),
        ("ml", Role.ML),
    ):
        Membership.objects.create(project=project, user=people[name], role=role)
    for role in Role:
        Membership.objects.create(project=other, user=people["outsider"], role=role)
    return Cast(project=project, other_project=other, **people)


def client_for(user: User | None) -> APIClient:
    """An API client signed in as `user` (nobody when None)."""
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client
