"""Review: items that people judged differently, what becomes of their judgments, and who is told.

figures (how far judgments of an item lie apart) → queue (reads) → adjudicating, feedback, bulk,
relabel (writes).
"""
