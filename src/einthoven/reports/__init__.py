"""Reports as plain values: daily, urgent, end of service; each figure with the samples it came from."""
