"""Automatic rounds that nobody attends while the programs around them are killed."""
