"""CPU seconds and memory of other detectors over the same ECG: ``python peers.py ONE_LEAD.npy RATE``, JSON.

Runs by itself with the packages of the peers (``make peers`` sets them up in an environment of their own);
each peer in a process of its own, so that the memory is its own too. Slow ones get the first hour.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

HOUR = 3600
PEERS = {"sleepecg": 24, "gqrs": 1, "neurokit2": 1}
"""Hours that each is given."""


def detect(name, lead, rate):
    """How many beats a peer finds."""
    if name == "sleepecg":
        import sleepecg

        return len(sleepecg.detect_heartbeats(lead, rate))
    if name == "gqrs":
        from wfdb.processing import gqrs_detect

        return len(gqrs_detect(sig=lead, fs=rate, adc_gain=200, adc_zero=0))
    import neurokit2

    return len(neurokit2.ecg_process(lead, sampling_rate=rate)[1]["ECG_R_Peaks"])


def one(name, path, rate):
    import numpy as np

    lead = np.load(path)[: PEERS[name] * HOUR * rate].astype(float)
    begin = time.process_time()
    beats = detect(name, lead, rate)
    taken = time.process_time() - begin
    return {
        "hours": round(len(lead) / rate / HOUR, 2),
        "beats": beats,
        "cpu_s": round(taken, 3),
        "cpu_s_per_day": round(taken * 24 * HOUR * rate / len(lead), 2),
        # Not ru_maxrss, which the process that started this one leaves behind.
        "peak_mb": round(int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024),
    }


def main():
    if len(sys.argv) == 4:
        print(json.dumps(one(sys.argv[3], sys.argv[1], int(sys.argv[2]))))
        return
    told = {}
    for name in PEERS:
        command = [sys.executable, "-W", "ignore", __file__, *sys.argv[1:3], name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            told[name] = json.loads(done.stdout.strip().splitlines()[-1])
        else:
            told[name] = (done.stderr.strip() or "it failed without a word").splitlines()[-1]
    print(json.dumps(told))


if __name__ == "__main__":
    main()
