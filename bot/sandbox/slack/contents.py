"""What may be said: reads a message's text, blocks, attachments and metadata, and refuses what Slack refuses."""

import json
from typing import Any

from bot.sandbox.slack import arguments
from bot.sandbox.slack.block_kit import message_faults
from bot.sandbox.slack.elements import characters
from bot.sandbox.slack.limits import Limits
from bot.sandbox.slack.messages import Content
from bot.sandbox.slack.refusal import Json, RefusalError

LONGEST = 40_000
"""Longer text is cut (docs of chat.postMessage)."""
MOST_ATTACHMENTS = 100


def read(sent: Json, limits: Limits) -> Content:
    """Raises RefusalError no_text, invalid_blocks, msg_blocks_too_long, invalid_metadata_format and their like."""
    content = Content(
        text=arguments.text(sent, "text")[:LONGEST],
        blocks=tuple(_blocks(arguments.structured(sent, "blocks"), limits)),
        attachments=tuple(_attachments(arguments.structured(sent, "attachments"))),
        metadata=_metadata(arguments.structured(sent, "metadata"), limits),
    )
    if not (content.text or content.blocks or content.attachments):
        raise RefusalError("no_text")
    return content


def _blocks(blocks: Any, limits: Limits) -> list[Json]:
    if blocks is None:
        return []
    if not isinstance(blocks, list):
        raise RefusalError("invalid_blocks_format")
    faults = message_faults(blocks)
    if faults:
        raise RefusalError("invalid_blocks", errors=faults, response_metadata={"messages": faults})
    if characters(blocks) > limits.blocks_characters:
        raise RefusalError("msg_blocks_too_long")
    return blocks


def _attachments(attachments: Any) -> list[Json]:
    if attachments is None:
        return []
    if not isinstance(attachments, list) or not all(isinstance(each, dict) for each in attachments):
        raise RefusalError("invalid_attachments")
    if len(attachments) > MOST_ATTACHMENTS:
        raise RefusalError("too_many_attachments")
    return attachments


def _metadata(metadata: Any, limits: Limits) -> Json:
    if not metadata:
        return {}
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        raise RefusalError("invalid_metadata_format")
    if not isinstance(metadata.get("event_payload"), dict) or set(metadata) - {
        "event_type",
        "event_payload",
        "entities",
    }:
        raise RefusalError("invalid_metadata_format")
    if len(json.dumps(metadata, ensure_ascii=False)) > limits.metadata_characters:
        raise RefusalError("metadata_too_large")
    return metadata
