"""The demo: both pretend servers, the real bot as a process of its own, and a conversation in the terminal.

    play(once=False)    people type; ends at `quit`, at the end of input and at Ctrl-C
    play(once=True)     plays a fixed script and tells whether everything was seen

It knows the bot only as a command to start: what it shows has gone over real sockets.
"""

from bot.sandbox.demo.script import play

__all__ = ["play"]
