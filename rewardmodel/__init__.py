"""Reward models and policies from whole rankings: a library and a command-line program.

Knows PyTorch, transformers and run directories. Knows nothing of the web server, its database or
its task queue: everything arrives as files in a run directory and leaves as files in it.
"""

FORMAT_VERSION = "1"
