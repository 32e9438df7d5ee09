"""Nouns → Message and Modal (Block Kit). Pure: owns what people see, knows nothing of Slack's client, HTTP or SQL."""
