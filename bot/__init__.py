"""Nightshift: answers /tasks in Slack and says, once and truthfully, when a backup or a restore fails."""

__version__ = "0.1.0"
