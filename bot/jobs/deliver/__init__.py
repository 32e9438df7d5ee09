"""The job that makes what channels show equal what they should show: senders, and the attempts they make."""

from bot.jobs.deliver.senders import POST_PACE, Delivery

__all__ = ["POST_PACE", "Delivery"]
