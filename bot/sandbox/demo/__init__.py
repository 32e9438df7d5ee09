"""The demo: both pretend servers, the real bot as a process of its own, and a conversation in the terminal.

It knows the bot only as a command to start: what it shows has gone over real sockets.
"""
