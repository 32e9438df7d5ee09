"""The demo: both pretend servers, the real bot as a process of its own, and a conversation in the terminal.

    play(once=False)    people type; ends at `quit`, at the end of input and at Ctrl-C
    play(once=True)     plays a fixed script and tells whether everything was seen

Who does what: `stage` starts and ends things, `happenings` tells what there is to see (a page in a browser would read
the same), `screen` prints it, `keyboard` brings lines, `orders` obeys them, `trouble` makes backups fail, `scenes` is
what happens by itself. It knows the bot only as a command to start: what it shows has gone over real sockets.
"""

from bot.sandbox.demo.performance import play

__all__ = ["play"]
