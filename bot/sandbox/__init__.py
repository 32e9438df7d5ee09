"""The pretend outside world: servers of their own for the demo and the tests. They share nothing with the bot."""
