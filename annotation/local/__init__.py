"""Everything needed to run Tiebreak on one machine: local servers and the supervisor.

Starts PostgreSQL and Valkey from the binaries that come as Python packages, and the web, the
workers and the scheduler as children of one process. Knows nothing of Django: it starts
`manage.py` as a program like any other.
"""
