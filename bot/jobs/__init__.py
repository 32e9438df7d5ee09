"""What APScheduler runs, one file a job. Jobs know edges and rules; nothing but `wiring` knows jobs."""
