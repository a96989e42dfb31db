"""Evaluates cases with the `packaging` inside pip. Reads one JSON document and writes one."""

import json
import sys

from pip._vendor.packaging import markers, requirements, specifiers, tags, version
from pip._vendor.packaging.utils import canonicalize_name


def parse(kind, text):
    try:
        return kind(text)
    except Exception:
        return None


def describe_version(text):
    parsed = parse(version.Version, text)
    return None if parsed is None else {"normal": str(parsed), "prerelease": parsed.is_prerelease}


def compare(pair):
    a, b = map(version.Version, pair)
    return (a > b) - (a < b)


def specifier_set(text):
    parsed = parse(specifiers.SpecifierSet, text)
    legacy = getattr(specifiers, "LegacySpecifier", ())
    return None if parsed is None or any(isinstance(each, legacy) for each in parsed) else parsed


def contains(case):
    parsed = specifier_set(case["specifier"])
    return None if parsed is None else parsed.contains(case["version"], prereleases=True)


def evaluate(case):
    parsed = parse(markers.Marker, case["marker"])
    return None if parsed is None else parsed.evaluate({**case["environment"], "extra": case["extra"]})


def describe_requirement(text):
    parsed = parse(requirements.Requirement, text)
    if parsed is None:
        return None
    return {
        "name": canonicalize_name(parsed.name),
        "extras": sorted(canonicalize_name(extra) for extra in parsed.extras),
        "specifier": sorted(str(each) for each in parsed.specifier),
        "url": parsed.url,
        "marked": parsed.marker is not None,
    }


def texts(parsed):
    return [str(tag) for tag in parsed]


def list_tags(case):
    major, minor = case["python"]
    if case.get("mac"):
        platforms = list(tags.mac_platforms(tuple(case["mac"]["version"]), case["mac"]["machine"]))
    else:
        platforms = case["platforms"]
    specific = tags.cpython_tags((major, minor), case["abis"], platforms)
    if case["interpreter"].startswith("pp"):
        specific = tags.generic_tags(case["interpreter"], case["abis"], platforms)
    return texts(specific) + texts(tags.compatible_tags((major, minor), case["interpreter"], platforms))


def own_tags(_):
    from pip._internal.utils.compatibility_tags import get_supported

    return texts(get_supported())


def requested_tags(case):
    """Lists the tags of another Python: pip's `--python-version`, `--platform`, `--implementation`, `--abi`."""
    from pip._internal.utils.compatibility_tags import get_supported

    return texts(get_supported(case.get("version"), case.get("platforms"), case.get("implementation"), case.get("abis")))


evaluators = {
    "versions": describe_version,
    "comparisons": compare,
    "specifiers": lambda text: specifier_set(text) is not None,
    "contained": contains,
    "markers": evaluate,
    "requirements": describe_requirement,
    "tags": list_tags,
    "ownTags": own_tags,
    "requestedTags": requested_tags,
}
requests = json.load(sys.stdin)
results = {name: [evaluators[name](case) for case in cases] for name, cases in requests.items()}
results["environment"] = markers.default_environment()
results["python"] = list(sys.version_info[:3])
json.dump(results, sys.stdout)
