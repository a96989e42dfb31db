"""Answers from the `packaging` inside pip, for the tests to compare with: one JSON document in, one out."""

import json
import sys

from pip._vendor.packaging import markers, requirements, specifiers, tags, version
from pip._vendor.packaging.utils import canonicalize_name


def read(kind, text):
    try:
        return kind(text)
    except Exception:
        return None


def about_version(text):
    found = read(version.Version, text)
    return None if found is None else {"normal": str(found), "prerelease": found.is_prerelease}


def compare(pair):
    a, b = map(version.Version, pair)
    return (a > b) - (a < b)


def specifier_set(text):
    found = read(specifiers.SpecifierSet, text)
    legacy = getattr(specifiers, "LegacySpecifier", ())
    return None if found is None or any(isinstance(each, legacy) for each in found) else found


def contains(case):
    found = specifier_set(case["specifier"])
    return None if found is None else found.contains(case["version"], prereleases=True)


def holds(case):
    found = read(markers.Marker, case["marker"])
    return None if found is None else found.evaluate({**case["environment"], "extra": case["extra"]})


def about_requirement(text):
    found = read(requirements.Requirement, text)
    if found is None:
        return None
    return {
        "name": canonicalize_name(found.name),
        "extras": sorted(canonicalize_name(extra) for extra in found.extras),
        "specifier": sorted(str(each) for each in found.specifier),
        "url": found.url,
        "marked": found.marker is not None,
    }


def texts(found):
    return [str(tag) for tag in found]


def about_tags(case):
    major, minor = case["python"]
    if case.get("mac"):
        platforms = list(tags.mac_platforms(tuple(case["mac"]["version"]), case["mac"]["machine"]))
    else:
        platforms = case["platforms"]
    own = tags.cpython_tags((major, minor), case["abis"], platforms)
    if case["interpreter"].startswith("pp"):
        own = tags.generic_tags(case["interpreter"], case["abis"], platforms)
    return texts(own) + texts(tags.compatible_tags((major, minor), case["interpreter"], platforms))


def own_tags(_):
    from pip._internal.utils.compatibility_tags import get_supported

    return texts(get_supported())


def asked_for(case):
    """Tags of a Python elsewhere: pip's `--python-version`, `--platform`, `--implementation`, `--abi`."""
    from pip._internal.utils.compatibility_tags import get_supported

    return texts(get_supported(case.get("version"), case.get("platforms"), case.get("implementation"), case.get("abis")))


questions = {
    "versions": about_version,
    "comparisons": compare,
    "specifiers": lambda text: specifier_set(text) is not None,
    "contained": contains,
    "markers": holds,
    "requirements": about_requirement,
    "tags": about_tags,
    "own": own_tags,
    "asked": asked_for,
}
asked = json.load(sys.stdin)
answers = {name: [questions[name](case) for case in cases] for name, cases in asked.items()}
answers["environment"] = markers.default_environment()
answers["python"] = list(sys.version_info[:3])
json.dump(answers, sys.stdout)
