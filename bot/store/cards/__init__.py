"""Cards and replies: loaded for a decision, changed by it, claimed by delivery."""
