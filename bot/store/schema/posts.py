"""What channels are to be shown: cards, the replies in their threads, and storms."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, false

from bot.store.dialect import partial_index
from bot.store.schema.base import columns, metadata

posts = Table(
    "posts",  # everything that channels are to be shown: cards, and the replies in their threads
    metadata,
    Column("id", Integer, primary_key=True),
    *columns(Text, "kind", "account", "channel"),
    *columns(BigInteger, "created_at", "due_at"),
    Column("urgency", Integer, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("parent_id", Integer, ForeignKey("posts.id")),  # set: a reply to that card
    Column("outage_id", Integer, ForeignKey("outages.id")),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),  # the one that the channel should show
    Column("words_version", Integer, nullable=False, server_default="1"),  # the one that last changed words
    Column("shown", Integer, nullable=False),  # the version that it does show
    Column("refusals", Integer, nullable=False),
    Column("ts", Text, nullable=False),
    Column("mention", Text, nullable=False, server_default=""),  # whom it mentions, in Slack's own form
    Column("held_until", BigInteger),  # the end of quiet hours
    Column("says", Text, nullable=False, server_default="ended"),  # of a reply: what it is about
    Column("broadcast", Boolean, nullable=False, server_default=false()),
    Column("reminders", Integer, nullable=False, server_default="0"),  # how often a critical card was raised again
    Column("remind_at", BigInteger),  # when it is raised next
    Column("sending", Integer),  # the version that is being sent
    Column("uncertain_at", BigInteger),
    Column("repeats", Integer, nullable=False, server_default="0"),
    Column("looks", Integer, nullable=False, server_default="0"),
    Column("repeated", Boolean, nullable=False, server_default=false()),
    Column("plain", Boolean, nullable=False, server_default=false()),
    Column("trouble", Text, nullable=False, server_default=""),  # Slack's word for why it is stuck
    Column("earlier_ts", Text, nullable=False, server_default=""),  # an older message of this card
    Column("about_id", Integer, ForeignKey("posts.id")),  # of what could not be shown: the card that tells of it
    Column("ended_at", BigInteger),  # of an undelivered card: when its channel could be reached again
    Column("about_channel", Text, nullable=False, server_default=""),  # of an undelivered card: the channel it is about
    Column("about_code", Text, nullable=False, server_default=""),  # and Slack's word for why
    Column("storm_id", Integer),  # of an alert's own card: the storm's or banner's card that counts and links it
    Column("called_at", BigInteger),  # when its message called whom it mentions; 0: another one just had
    Column("act_id", Integer),  # of a line about what a person did: its row of the audit
    Column("why", Text, nullable=False, server_default=""),  # of a line: what happened
    Column("climbed", Text, nullable=False, server_default=""),  # the keys of the steps of climbing that were taken
    Column("alert_id", Integer),  # of a direct message: the alert that it is about, the first of `size`
    Column("size", Integer, nullable=False, server_default="1"),
    Column("seen_at", BigInteger),  # when people could first see it
    partial_index("ix_posts_owed", "state", "due_at", where="version > shown"),
    Index("ix_posts_parent", "parent_id"),
    Index("ix_posts_ts", "ts"),
    partial_index("ix_posts_called", "called_at", where="called_at IS NOT NULL"),
    partial_index("ix_posts_storm", "storm_id", where="storm_id IS NOT NULL"),
    partial_index("ix_posts_about", "about_id", where="about_id IS NOT NULL"),
    partial_index("ix_posts_about_channel", "about_channel", where="about_channel <> ''"),
)

card_alerts = Table(
    "card_alerts",  # which alerts a card shows; a summary shows many
    metadata,
    Column("card_id", Integer, ForeignKey("posts.id"), primary_key=True),
    Column("alert_id", Integer, ForeignKey("alerts.id"), primary_key=True),
    Column("added_at", BigInteger, nullable=False, server_default="0"),
    Index("ix_card_alerts_alert", "alert_id"),
    Index("ix_card_alerts_added", "added_at"),
)

storms = Table(
    "storms",
    metadata,
    Column("card_id", Integer, ForeignKey("posts.id"), primary_key=True),
    Column("channel", Text, nullable=False),
    Column("entry", Text, nullable=False),  # the error book's entry that a platform's banner is about; "" of a storm
    Column("since", BigInteger, nullable=False),  # the alerts' own cards that were wanted from then on are linked
    Column("opened_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),  # when it last took in an alert
    Column("is_open", Boolean, nullable=False),
    Column("next_look_at", BigInteger),  # when time alone changes something about it
    partial_index("ix_storms_open", "channel", where="is_open"),
)
