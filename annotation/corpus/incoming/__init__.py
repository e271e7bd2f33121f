"""Files as other people write them: what kind of file, which format, and our rows out of them.

A file is opened by `files` (JSONL, JSON array, CSV, Parquet; gzip of each), its rows are read by one of
`formats`, and what comes out are the rows of `corpus.rows`, which alone says what is valid. `plan`
holds what was detected or chosen; `detection` looks at the first rows; `preview` shows them.
"""
