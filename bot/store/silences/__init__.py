"""What did not start, hangs, waits or is gone: found by SQL, judged by `alerting`."""
