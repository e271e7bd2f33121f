"""Labelers in real browsers while everything around them fails."""
