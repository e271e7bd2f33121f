"""Every route of the application, and a world in which each of them has something to find."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from allauth.usersessions.models import UserSession
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from annotation.accounts.models import User
from annotation.accounts.services import issue_token
from annotation.corpus.acts import act_on
from annotation.corpus.models import Prompt, PromptAct, PromptSet, SamplingPlan
from annotation.corpus.templates import save_template
from annotation.delivery.models import Export, SavedView, WebhookEndpoint, WebhookMessage
from annotation.labeling.models import ControlItem, Conversation, Item, Ranking, Report
from annotation.labeling.services import TypedTexts, create_gold
from annotation.projects.api.access import Access
from annotation.projects.invitations import invite
from annotation.projects.models import Group, GuidelineVersion, Project
from annotation.quality.models import (
    Alarm,
    BulkAct,
    BulkTarget,
    FeedbackNote,
    PracticeItem,
    QualityReport,
    RelabelPlan,
)
from annotation.quality.review import figures
from annotation.quality.services import create_practice_item
from annotation.registry.models import Artifact, ModelVersion
from annotation.runs.models import (
    DatasetSnapshot,
    JudgingCampaign,
    MixDraw,
    MixPart,
    MixRow,
    Round,
    RoundPlan,
    Run,
    SamplingMix,
    Trial,
    Upload,
)
from annotation.runs.services.round_plans import CONFIGS
from annotation.runs.services.trials import DEFAULTS
from tests.annotation.labeling.work import Labeling, add_prompt, prompt_set, ranking_item
from tests.cast import Cast

# Routes outside the API, each with the reason why it needs no declared access.
OPEN = {
    "healthz": "says only that the process answers",
    "readyz": "says only that the database answers",
    "metrics": "figures of operation, for who sends METRICS_TOKEN; 404 where none is set",
    "sw.js": "a script without data",
    "^api/": "every address that is no route: 404",
    "^(?!api/|_allauth/|static/|admin/).*$": "the browser app's page, without data",
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Route:
    """One address pattern and the view behind it."""

    path: str
    view: Any
    names: tuple[str, ...]

    @property
    def access(self) -> dict[str, Access]:
        return dict(self.view.access)

    def url(self, values: dict[str, Any]) -> str:
        """The address with these values in it."""
        url = "/" + self.path
        for name in self.names:
            before, _, rest = url.partition("<")
            _, _, after = rest.partition(">")
            url = f"{before}{values[name]}{after}"
        return url


def walk(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every (path, pattern) below these."""
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from walk(pattern.url_patterns, prefix + str(pattern.pattern))
        else:
            yield prefix + str(pattern.pattern), pattern


def all_paths() -> list[tuple[str, URLPattern]]:
    """Every route but those of the sign-in library and the back office."""
    found = walk(get_resolver().url_patterns)
    return [(path, one) for path, one in found if not path.startswith(("_allauth/", "admin/"))]


def api_routes() -> list[Route]:
    """Every route of the API."""
    return [
        Route(path, view_of(pattern), tuple(pattern.pattern.converters))
        for path, pattern in all_paths()
        if path.startswith("api/v1/")
    ]


def view_of(pattern: URLPattern) -> Any:
    """The view class behind a route, or the function."""
    callback = pattern.callback
    return getattr(callback, "view_class", None) or getattr(callback, "cls", callback)


class World:
    """One thing of each kind in a project; `values` holds what stands in addresses and bodies."""

    def __init__(self, project: Project, labeler: User, member: User, owner: User) -> None:
        self.project = project
        prompts = PromptSet.objects.create(
            project=project, name="contract prompts", purpose="reward", language="en"
        )
        self.rl_prompts = add_prompt(
            project, "Learnt from", name="contract RL prompts", purpose="rl"
        ).prompt_set
        SamplingPlan.objects.create(
            project=project, name="plan", strategy="sample", n=2, max_new_tokens=8
        )
        self.labeler = labeler
        old = self._guideline(2)
        ranking = self._ranking(labeler)
        new = self._guideline(3)
        work = self._work(labeler)
        self.shown: list[str] = [one["id"] for one in work["completions"]]
        version = self._version()
        template = save_template(
            actor=owner, project=project, name="contract template", body="Where is {{place}}?"
        )
        self.template_version = template.id
        prompt = add_prompt(project, "Edited by contract")
        run = Run.objects.create(
            project=project, number=1, kind="reward", config={}, idempotency_key=uuid4()
        )
        token, _ = issue_token(user=owner, name="kept", scopes=["read"], days=1)
        invitation, _ = invite(actor=owner, project=project, roles=["labeler"], days=1)
        session = UserSession.objects.create(user=owner, ip="192.0.2.7", session_key=uuid4().hex)
        self.values: dict[str, UUID | str | int] = {
            "project_id": project.id,
            "prompt_set_id": prompts.id,
            "prompt_id": prompt.id,
            "prompt_act_id": self._act(owner, prompt).id,
            "template_id": template.template_id,
            "slot_id": work["slot_id"],
            "lease_token": work["lease_token"],
            "item_id": Item.objects.filter(project=project, rankings=None).latest("id").id,
            "ranking_id": ranking.id,
            "client_uuid": ranking.client_uuid,
            "user_id": member.id,
            "token_id": token.id,
            "invitation_id": invitation.id,
            "session_id": session.id,
            "version_id": version.id,
            "run_id": run.id,
            "upload_id": Upload.objects.create(
                project=project, user=owner, filename="rows.jsonl", bytes=9, received=0
            ).id,
            "ending": "csv",
            "snapshot_id": self._snapshot(version.artifact).id,
            "report_id": self._report(labeler, ranking.item).id,
            "practice_item_id": self._practice_item().id,
            "control_item_id": self._control_item().id,
            "group_id": Group.objects.create(project=project, name="Second shift").id,
            "number": 2,
            "alarm_id": self._alarm().id,
            "filename": "rankings.jsonl",
            "conversation_id": self._conversation(labeler).id,
            "what": "rankings",
            "judgment_id": ranking.id,
            "view_id": SavedView.objects.create(
                project=project, owner=owner, name="mine", query=""
            ).id,
            **self._webhook(),
            "dataset_id": self._dataset(run, version.artifact).id,
            "note_id": self._note(ranking, owner).id,
            "bulk_act_id": self._bulk_act(ranking, owner).id,
            "plan_id": self._plan(old, new, owner).id,
            **self._mix(version),
            "round_id": self._round(version).id,
            "trial_id": self._trial(version, owner).id,
        }
        figures.refresh_all()

    def _guideline(self, number: int) -> GuidelineVersion:
        return GuidelineVersion.objects.create(project=self.project, number=number, text="Be kind.")

    def _note(self, ranking: Ranking, author: User) -> FeedbackNote:
        return FeedbackNote.objects.create(
            project=self.project,
            labeler=ranking.labeler,
            ranking=ranking,
            author=author,
            reason="other",
        )

    def _bulk_act(self, ranking: Ranking, actor: User) -> BulkAct:
        act = BulkAct.objects.create(
            project=self.project,
            client_uuid=uuid4(),
            content_hash="",
            act="withdraw",
            state="done",
            filter={},
            reason="contract",
            actor=actor,
            total=1,
        )
        BulkTarget.objects.create(bulk_act=act, ranking=ranking, outcome="withdrawn")
        return act

    def _plan(self, old: GuidelineVersion, new: GuidelineVersion, actor: User) -> RelabelPlan:
        return RelabelPlan.objects.create(
            project=self.project,
            client_uuid=uuid4(),
            content_hash="",
            old_version=old,
            new_version=new,
            query={},
            rule="keep",
            expected_flips=1.0,
            created_by=actor,
        )

    def _mix(self, version: ModelVersion) -> dict[str, Any]:
        """A mix and a draw of it that waits for no part."""
        plan = SamplingPlan.objects.filter(project=self.project).latest("id")
        mix = SamplingMix.objects.create(project=self.project, name="mix", version=1)
        MixRow.objects.create(
            mix=mix, position=0, policy="version", policy_version=version, plan=plan, count=2
        )
        draw, judged = (
            MixDraw.objects.create(
                project=self.project,
                mix=mix,
                prompt_set=self.rl_prompts,
                policies="",
                k=2,
                needed=1,
                idempotency_key=uuid4(),
            )
            for _ in range(2)
        )
        run = Run.objects.create(
            project=self.project, number=99, kind="sample", config={}, idempotency_key=uuid4()
        )
        MixPart.objects.create(draw=judged, run=run, policy_version=version, plan=plan, count=1)
        self.sampling_plan = str(plan.id)
        campaign = JudgingCampaign.objects.create(
            project=self.project,
            name="contract campaign",
            draw=judged,
            base=version,
            conditions={"tags": [], "languages": [], "prompts": 1},
        )
        prompt = add_prompt(self.project, "Held out", name="held out", purpose="evaluation")
        self.campaign = {
            "versions": [str(version.id)],
            "base": None,
            "with_reference": True,
            "prompt_set": str(prompt.prompt_set_id),
            "plan": str(plan.id),
            "tags": [],
            "languages": [],
        }
        return {"mix_id": mix.id, "draw_id": draw.id, "campaign_id": campaign.id}

    def _round(self, version: ModelVersion) -> Round:
        """A round of a paused plan, before its first step."""
        mix = SamplingMix.objects.get(project=self.project)
        prompts = prompt_set(self.project)
        self.round_plan = {
            "mix": str(mix.id),
            "prompt_set": str(prompts.id),
            "rl_prompt_set": str(self.rl_prompts.id),
            "policy_kind": "ppo",
            "time_zone": "UTC",
            "trigger": "judgments",
            **dict.fromkeys(CONFIGS, {}),
        }
        plan = RoundPlan.objects.create(
            project=self.project,
            trigger="judgments",
            judgments=1,
            mix=mix,
            prompt_set=prompts,
            rl_prompt_set=self.rl_prompts,
            policy_kind="ppo",
        )
        return Round.objects.create(
            project=self.project, number=1, policy_version=version, plan=plan, step="sample"
        )

    def _trial(self, version: ModelVersion, owner: User) -> Trial:
        """A request to the playground that nobody has taken up."""
        return Trial.objects.create(
            project=self.project,
            user=owner,
            client_uuid=uuid4(),
            content_hash="",
            messages=[{"role": "user", "content": "?"}],
            policies=[version.id],
            decoding={**DEFAULTS, "strategy": "greedy", "n": 1, "max_new_tokens": 8},
        )

    def _ranking(self, labeler: User) -> Ranking:
        ranking_item(self.project)
        at_work = Labeling(labeler, self.project)
        assert at_work.submit(at_work.work()).status_code == 201
        return Ranking.objects.get(project=self.project)

    def _act(self, owner: User, prompt: Prompt) -> PromptAct:
        """A prompt was tagged."""
        return act_on(
            actor=owner,
            project=self.project,
            client_uuid=uuid4(),
            kind="tag",
            chosen=Prompt.objects.filter(pk=prompt.pk),
            wish={},
            tags=["kept"],
        )

    def _work(self, labeler: User) -> dict[str, Any]:
        """An assignment in the labeler's hands."""
        ranking_item(self.project)
        return Labeling(labeler, self.project).work()

    def _report(self, labeler: User, item: Item) -> Report:
        return Report.objects.create(
            project=self.project,
            item=item,
            prompt=item.prompt,
            labeler=labeler,
            reason=Report.Reason.BROKEN,
        )

    def _conversation(self, labeler: User) -> Conversation:
        """A talk of the labeler; nothing was said yet."""
        return Conversation.objects.create(
            project=self.project, labeler=labeler, client_uuid=uuid4()
        )

    def _practice_item(self) -> PracticeItem:
        return create_practice_item(
            actor=self.project.memberships.filter(role="admin")[0].user,
            project=self.project,
            kind="practice",
            messages=[{"role": "user", "content": "?"}],
            completions=["yes", "no"],
            expected=[[0], [1]],
        )

    def _alarm(self) -> Alarm:
        report = QualityReport.objects.create(
            project=self.project, finished_at=timezone.now(), cut_off=timezone.now()
        )
        return Alarm.objects.create(
            project=self.project,
            rule=Alarm.Rule.POSITION,
            evidence={"judgments": 40},
            first_report=report,
            last_report=report,
        )

    def _dataset(self, run: Run, artifact: Artifact) -> Export:
        snapshot = DatasetSnapshot.objects.get(project=self.project)
        return Export.objects.create(
            project=self.project, run=run, snapshot=snapshot, options={}, artifact=artifact
        )

    def _webhook(self) -> dict[str, Any]:
        endpoint = WebhookEndpoint.objects.create(
            project=self.project, url="https://example.org/hook", events=["item.done"]
        )
        message = WebhookMessage.objects.create(endpoint=endpoint, event="item.done")
        return {"webhook_id": endpoint.id, "message_id": message.id}

    def _control_item(self) -> ControlItem:
        content = TypedTexts([{"role": "user", "content": "?"}], ["yes", "no"])
        return create_gold(
            actor=self.project.memberships.filter(role="admin")[0].user,
            project=self.project,
            content=content,
            expected=[[0], [1]],
        )

    def _version(self) -> ModelVersion:
        artifact = Artifact.objects.get_or_create(
            digest="ab" * 32, defaults={"bytes": 1, "files": {}}
        )[0]
        return ModelVersion.objects.create(
            project=self.project, kind="policy", number=1, name="p", stage="base", artifact=artifact
        )

    def _snapshot(self, artifact: Artifact) -> DatasetSnapshot:
        return DatasetSnapshot.objects.create(
            project=self.project,
            number=1,
            query={},
            cut_off=timezone.now(),
            counts={},
            sha256="cd" * 32,
            artifact=artifact,
        )


def own_world(cast: Cast) -> World:
    """Things of the cast's project; the token belongs to somebody who is not in the cast's calls."""
    return World(cast.project, cast.labeler, cast.second_labeler, owner=cast.reviewer)


def other_world(cast: Cast) -> World:
    """Things of the project that only the outsider belongs to."""
    return World(cast.other_project, cast.outsider, cast.outsider, owner=cast.outsider)
