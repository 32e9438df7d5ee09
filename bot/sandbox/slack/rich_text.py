"""Block Kit's `rich_text`: its sections, lists and inline pieces. Knows nothing of other blocks."""

from bot.sandbox.slack.shapes import Shape, anything, array, by_type, choice, flag, integer, link, record, string

_STYLE = record(
    {},
    dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"), flag),
)
_ID = string(255, 1)


def _inline(required: dict[str, Shape], optional: dict[str, Shape] | None = None) -> Shape:
    return record({"type": anything, **required}, {"style": _STYLE, **(optional or {})})


INLINE = by_type(
    {
        "text": _inline({"text": string(100_000, 1)}),
        "link": _inline({"url": link}, {"text": string(100_000), "unsafe": flag}),
        "emoji": _inline({"name": _ID}, {"unicode": _ID, "skin_tone": integer(1, 6)}),
        "user": _inline({"user_id": _ID}),
        "usergroup": _inline({"usergroup_id": _ID}),
        "channel": _inline({"channel_id": _ID}),
        "team": _inline({"team_id": _ID}),
        "color": _inline({"value": string(7, 7)}),
        "broadcast": _inline({"range": choice("here", "channel", "everyone")}),
        "date": _inline(
            {"timestamp": integer(0, 99_999_999_999), "format": string(255, 1)},
            {"url": link, "fallback": string(3000)},
        ),
    }
)
_PIECES = array(INLINE, 0, 10_000)
_SECTION = record({"type": anything, "elements": _PIECES})
_BORDER = integer(0, 1)
_PARTS = {
    "rich_text_section": _SECTION,
    "rich_text_preformatted": record(
        {"type": anything, "elements": _PIECES}, {"border": _BORDER, "language": string(255)}
    ),
    "rich_text_quote": record({"type": anything, "elements": _PIECES}, {"border": _BORDER}),
    "rich_text_list": record(
        {
            "type": anything,
            "style": choice("bullet", "ordered"),
            "elements": array(by_type({"rich_text_section": _SECTION}), 1, 10_000),
        },
        {"indent": integer(0, 8), "offset": integer(0, 100_000), "border": _BORDER},
    ),
}
RICH_TEXT = record({"type": anything, "elements": array(by_type(_PARTS), 1, 10_000)}, {"block_id": string(255, 1)})
