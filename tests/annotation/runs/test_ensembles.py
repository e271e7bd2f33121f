"""Which reward models are heard beside the chosen one: nobody picked them, so none may surprise."""

from annotation.registry.models import Artifact, ModelVersion
from annotation.runs.ensembles import further_reward_versions
from tests.cast import Cast


def reward_model(
    cast: Cast,
    number: int,
    tokenizer: str,
    status: str = "candidate",
    same_as: int = 0,
    card: str = "",
) -> ModelVersion:
    """With weights of its own, or those of the version numbered `same_as`; other files with a card."""
    weights = f"{same_as or number:064x}"
    files = {"tokenizer.json": tokenizer * 64, "model.safetensors": weights}
    artifact, _ = Artifact.objects.get_or_create(
        digest=card * 64 or weights,
        defaults={"bytes": 1, "files": files | ({"README.md": card * 64} if card else {})},
    )
    return ModelVersion.objects.create(
        project=cast.project,
        kind="reward",
        number=number,
        name="v",
        stage="reward",
        status=status,
        artifact=artifact,
    )


def test_the_newest_that_read_the_same_tokens_and_are_not_retired_are_heard(cast: Cast) -> None:
    first = reward_model(cast, 1, "a")
    second = reward_model(cast, 2, "a")
    reward_model(cast, 3, "b")  # of a policy with other tokens: it would stop the run
    reward_model(cast, 4, "a", status="retired")
    third = reward_model(cast, 5, "a")
    chosen = reward_model(cast, 6, "a")
    found = further_reward_versions(cast.project.pk, {"reward_models": 3}, chosen)
    assert found == [third, second]
    found = further_reward_versions(cast.project.pk, {"reward_models": 8}, chosen)
    assert found == [third, second, first]
    assert further_reward_versions(cast.project.pk, {}, chosen) == []


def test_the_same_weights_under_another_number_are_heard_once(cast: Cast) -> None:
    first = reward_model(cast, 1, "a")
    reward_model(cast, 2, "a")
    again = reward_model(cast, 3, "a", same_as=2)
    chosen = reward_model(cast, 4, "a")
    reward_model(cast, 5, "a", same_as=4)
    reward_model(cast, 6, "a", same_as=4, card="c")
    found = further_reward_versions(cast.project.pk, {"reward_models": 3}, chosen)
    assert found == [again, first]


def test_one_that_may_write_prompts_otherwise_is_not_heard(cast: Cast) -> None:
    """The trainers refuse it: a reward model reads prompts as the policy writes them."""
    files = {"tokenizer.json": "a" * 64, "model.safetensors": f"{1:064x}"}
    files["chat_template.jinja"] = "e" * 64
    Artifact.objects.create(digest=f"{1:064x}", bytes=1, files=files)
    reward_model(cast, 1, "a")
    chosen = reward_model(cast, 2, "a")
    assert further_reward_versions(cast.project.pk, {"reward_models": 2}, chosen) == []
