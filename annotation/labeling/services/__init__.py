"""Writes around items, leases and judgments. Knows nothing of HTTP, nor of where texts come from."""

from annotation.labeling.services.assigning import WorkChanged, change_work
from annotation.labeling.services.chat import (
    ask_again,
    change_chat_settings,
    end_conversation,
    say,
    start_conversation,
)
from annotation.labeling.services.content import (
    BetterAnswer,
    DirectContent,
    RankingContent,
    ReadingContent,
    SpanContent,
)
from annotation.labeling.services.control import (
    TypedTexts,
    change_control_item,
    change_control_settings,
    create_gold,
    expect_order,
    make_traps,
    mark_stale,
)
from annotation.labeling.services.handing_out import (
    claim,
    heartbeat,
    save_draft,
    skip,
    sweep_expired_leases,
)
from annotation.labeling.services.items import (
    Made,
    copy_items,
    create_demonstration_items,
    create_private_item,
    create_ranking_items,
    end_lease,
    make_items,
    reopen_item,
    void_item,
    want_another,
)
from annotation.labeling.services.judging import Receipt, submit_demonstration, submit_ranking
from annotation.labeling.services.reporting import (
    Reported,
    dismiss_report,
    report_problem,
    uphold_report,
)
from annotation.labeling.services.suspending import suspend, unsuspend
from annotation.labeling.services.taking_back import (
    UNDO_WINDOW,
    reopen,
    restore_ranking,
    undo,
    withdraw_demonstration,
    withdraw_ranking,
)

__all__ = [
    "BetterAnswer",
    "DirectContent",
    "Made",
    "UNDO_WINDOW",
    "RankingContent",
    "ReadingContent",
    "Receipt",
    "SpanContent",
    "TypedTexts",
    "Reported",
    "WorkChanged",
    "ask_again",
    "change_chat_settings",
    "change_control_item",
    "change_control_settings",
    "change_work",
    "claim",
    "copy_items",
    "create_demonstration_items",
    "create_gold",
    "create_private_item",
    "create_ranking_items",
    "dismiss_report",
    "end_conversation",
    "end_lease",
    "expect_order",
    "heartbeat",
    "make_items",
    "make_traps",
    "mark_stale",
    "reopen",
    "reopen_item",
    "report_problem",
    "restore_ranking",
    "save_draft",
    "say",
    "skip",
    "start_conversation",
    "submit_demonstration",
    "submit_ranking",
    "suspend",
    "sweep_expired_leases",
    "undo",
    "unsuspend",
    "uphold_report",
    "void_item",
    "want_another",
    "withdraw_demonstration",
    "withdraw_ranking",
]
