"""Parses requirements files with the pip of this interpreter. Reads one request per line and prints one result."""

import json
import sys

from pip._internal.models.format_control import FormatControl
from pip._internal.req.req_file import RequirementsFileParser, get_line_parser

NAMES = {
    "index_url": "--index-url",
    "extra_index_urls": "--extra-index-url",
    "no_index": "--no-index",
    "find_links": "--find-links",
    "pre": "--pre",
    "prefer_binary": "--prefer-binary",
    "require_hashes": "--require-hashes",
    "trusted_hosts": "--trusted-host",
}


class Finder:
    """The part of pip's finder that options on lines change."""

    def __init__(self):
        self.format_control = FormatControl(set(), set())
        self.release_control = None


def parse(path, constraint, finder):
    for line in RequirementsFileParser(None, get_line_parser(finder)).parse(path, constraint):
        # Since 26.0, `requirement -e other` makes the requirement editable, which pip rejects because it is not a path.
        editable = getattr(line, "is_editable", False) and not getattr(line, "args", "")
        if line.constraint and editable:
            raise ValueError("pip rejects an editable constraint when it uses the line")
        requirement = getattr(line, "requirement", None)
        yield {
            "file": line.filename,
            "line": line.lineno,
            "requirement": requirement and requirement.strip(),
            "editable": bool(editable),
            "constraint": line.constraint,
            "options": {name: getattr(line.opts, dest) for dest, name in NAMES.items() if getattr(line.opts, dest)},
        }


for request in sys.stdin:
    path, constraint = json.loads(request)
    try:
        finder = Finder()
        control = finder.format_control
        result = {"lines": list(parse(path, constraint, finder))}
        result["noBinary"] = sorted(filter(None, control.no_binary))
        result["onlyBinary"] = sorted(filter(None, control.only_binary))
    except BaseException as error:
        result = {"error": type(error).__name__, "message": str(error)[:300]}
    print(json.dumps(result), flush=True)
