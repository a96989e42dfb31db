"""Reads {"pattern": ..., "plain": ..., "events": [...]} and prints the results of two other matchers for each event.

event_ruler doesn't support prefixes in `anything-but`, so it matches the plain part of the pattern.
"""
import json
import sys

import event_ruler
from moto.events.models import EventPattern

request = json.load(sys.stdin)
pattern, plain = request["pattern"], json.dumps(request["plain"])
moto = EventPattern(json.dumps(pattern), pattern)
results = [
    {
        "moto": bool(moto.matches_event(event)),
        "ruler": bool(event_ruler.test_event_pattern(json.dumps(event), plain)),
    }
    for event in request["events"]
]
json.dump(results, sys.stdout)
