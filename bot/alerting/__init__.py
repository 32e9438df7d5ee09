"""Tasks in, decisions out: what a run is, what went wrong, which alert it belongs to.

Owns the rules and nothing else: no I/O, no SQL, no HTTP, no Slack. What time it is and which numbers hold is handed in.
"""
