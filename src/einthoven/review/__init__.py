"""Cases, the order of the worklist, verdicts, alarms (R10, R19, R20). Pure."""
