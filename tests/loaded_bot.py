"""Loads what a bot loads at its start, and as it does: for the server that forks bots."""

import gc

from bot.__main__ import load_quickly

load_quickly()

import httpcore  # noqa: E402, F401

import bot.app  # noqa: E402
import bot.wiring.answers  # noqa: E402, F401

gc.freeze()
