"""The bot's own copy of Acronis's tasks: written, searched, counted."""
