"""Reads {"pattern": ..., "plain": ..., "events": [...]} and answers, for each event, what two strangers' matchers say.

The ruler knows no prefixes inside of `anything-but`: it is asked about the plain part of the pattern.
"""
import json
import sys

import event_ruler
from moto.events.models import EventPattern

asked = json.load(sys.stdin)
pattern, plain = asked["pattern"], json.dumps(asked["plain"])
moto = EventPattern(json.dumps(pattern), pattern)
answers = [
    {
        "moto": bool(moto.matches_event(event)),
        "ruler": bool(event_ruler.test_event_pattern(json.dumps(event), plain)),
    }
    for event in asked["events"]
]
json.dump(answers, sys.stdout)
