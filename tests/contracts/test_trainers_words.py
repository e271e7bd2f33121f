"""What trainers say of a run — why it ended, what it warns of, its alarms — has its Chinese words.

It is stored in English, as the trainer said it, and told in the language of whoever reads it.
"""

import re
from functools import cache

from annotation.lib.translating import in_chinese
from rewardmodel.alarm_words import WORDS
from rewardmodel.alarms import Alarm
from tests.contracts.sentences import ROOT, Code, Place
from tests.contracts.test_languages import catalogue

# Whose words go to whoever types commands, not to a page.
TYPED = {
    *("commands", "data_commands", "prepare", "convert", "tracking", "guide"),
    *("score_command", "score_files", "pretrain", "input_kinds"),
}
PLACES = {
    **dict.fromkeys(("Refused", "Diverged", "RunError", "warning"), Place(1)),
    "refusing": Place(0, after=": {}"),  # it adds the fault
    "note": Place(0, before="{} "),  # how many
    "left_out": Place(2, before="{} "),
}


@cache
def said() -> set[str]:
    paths = [path for path in (ROOT / "rewardmodel").rglob("*.py") if path.stem not in TYPED]
    return Code(paths, PLACES, of_rules=False).sentences()


def test_whatever_a_trainer_says_has_its_chinese_words() -> None:
    assert len(said()) > 90
    assert sorted(said() - set(catalogue())) == []


def test_every_alarm_has_its_chinese_words() -> None:
    patterns = {re.sub(r"\{[^}]*\}", "{}", one.sentence("{}", one.seen)) for one in WORDS.values()}

    assert sorted(patterns - set(catalogue())) == []


def test_a_value_that_a_trainer_tells_stands_in_the_translation() -> None:
    """An alarm within the reason of an end, counts in a row, a reason after a colon."""
    alarm = Alarm("diverging", True, 8, 16, {"name": "value_loss", "value": 12.5, "bound": 4.0})
    ended = f"stopped by its alarm: {alarm.message} No checkpoint of before is left."
    counted = (
        "not every row of training rankings is used whole: 3 completions cut, 2 rankings left out "
        "(max_prompt_tokens 8, max_completion_tokens 4)"
    )
    shared = "share_prompts: 'always' is impossible: X has attention of its own kind, which cannot share prompts"
    other = "(beta: 0.1 then, 0.2 now; inputs.prompts: other contents)"

    assert in_chinese(ended) == (
        "因告警而停止：从第 8 步起，value_loss 为 12.5，预期不超过 4。这样大的更新会冲掉之前学到的东西。"
        "建议：减小学习率或延长预热；策略训练中也可减少内层轮数。此前没有留下检查点。"
    )
    assert in_chinese(counted) == (
        "训练用的排序没有全部完整使用：截短 3 条回答，略去 2 条排序"
        "（max_prompt_tokens 为 8，max_completion_tokens 为 4）"
    )
    assert in_chinese(shared).endswith("：X 的注意力是自成一类的，不能共享提示词")
    assert "（beta：当时为 0.1，现在为 0.2；inputs.prompts：内容不同）" in in_chinese(
        f"the checkpoint after 5 updates was made with other settings or inputs {other}, and going "
        "on would mix the two. Give what it was made with, or start in another folder."
    )
