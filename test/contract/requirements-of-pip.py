"""Answers, line by line, how the pip of this interpreter reads a requirements file."""

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
    """The part of pip's finder that lines change while they are parsed."""

    def __init__(self):
        self.format_control = FormatControl(set(), set())
        self.release_control = None


def read(path, constraint, finder):
    for line in RequirementsFileParser(None, get_line_parser(finder)).parse(path, constraint):
        # From 26.0 on, `requirement -e other` makes the requirement the editable one; that is no path and so refused.
        editable = getattr(line, "is_editable", False) and not getattr(line, "args", "")
        if line.constraint and editable:
            raise ValueError("pip refuses an editable constraint when it uses the line")
        requirement = getattr(line, "requirement", None)
        yield {
            "file": line.filename,
            "line": line.lineno,
            "requirement": requirement and requirement.strip(),
            "editable": bool(editable),
            "constraint": line.constraint,
            "options": {name: getattr(line.opts, dest) for dest, name in NAMES.items() if getattr(line.opts, dest)},
        }


for question in sys.stdin:
    path, constraint = json.loads(question)
    try:
        finder = Finder()
        control = finder.format_control
        answer = {"lines": list(read(path, constraint, finder))}
        answer["noBinary"] = sorted(filter(None, control.no_binary))
        answer["onlyBinary"] = sorted(filter(None, control.only_binary))
    except BaseException as error:
        answer = {"error": type(error).__name__, "message": str(error)[:300]}
    print(json.dumps(answer), flush=True)
