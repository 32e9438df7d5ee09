"""What Acronis says beyond its tasks: plans, workloads, agents, tenants, its own alerts, and how each API stands.

`recording` writes what a reading brings, page by page; `facts` asks for all that is known of some workloads.
"""
