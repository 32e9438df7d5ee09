"""The demo: both pretend servers, the real bot as a process of its own, and a conversation in the terminal."""
