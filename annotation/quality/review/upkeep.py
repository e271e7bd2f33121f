"""What review leaves to a worker, every few seconds: figures, acts under way, plans, further opinions."""

from annotation.quality import opinions
from annotation.quality.review import bulk, figures, relabel


def keep_up() -> None:
    """Safe to lose, to repeat and to do at once from several places."""
    figures.refresh_all()
    bulk.advance_all()
    if relabel.settle_due():
        figures.refresh_all()
    opinions.buy_due()
