"""Policies that servers of the deployment run: asking them, in their pace, with a key only workers know."""
