# Answers over stdin and stdout, a line of JSON each: how this pip itself reads a command line.
# First a line with its verbs and their options; then for every command line (a list of words) its reading, or null
# when pip refuses the line or has no verb in it.
import json
import sys

from pip._internal.cli.main_parser import create_main_parser
from pip._internal.cli.parser import ConfigOptionParser
from pip._internal.commands import commands_dict, create_command


class Refused(Exception):
    pass


def refuse(*_):
    raise Refused


ConfigOptionParser.error = ConfigOptionParser.exit = ConfigOptionParser.print_help = refuse
seen = []


def watched(option):
    """Keeps what optparse makes of an option in place of what pip makes of its value."""

    def process(opt, value, values, parser):
        seen.append([option._long_opts[0], value])

    option.process = process


def parser_of(parser):
    for option in parser.option_list_all:
        if option._long_opts:
            watched(option)
    return parser


main = parser_of(create_main_parser())
verbs = {verb: parser_of(create_command(verb).parser) for verb in commands_dict}


def spelled(parser):
    return [[o._long_opts + o._short_opts, o.takes_value()] for o in parser.option_list_all if o._long_opts]


def parse(parser, words):
    """optparse's own pass alone: defaults and configuration are no part of the line."""
    del seen[:]
    parser.rargs, parser.largs = list(words), []
    parser.values = None
    try:
        parser._process_args(parser.largs, parser.rargs, None)
    except Exception as error:
        if type(error).__name__ in ('BadOptionError', 'AmbiguousOptionError', 'OptionValueError', 'Refused'):
            raise Refused
        raise
    return parser.largs + parser.rargs, list(seen)


def read(line):
    try:
        rest, before = parse(main, line)
        if not rest or rest[0] not in verbs:
            return None
        words = list(line)
        words.remove(rest[0])
        arguments, options = parse(verbs[rest[0]], words)
        return {'verb': rest[0], 'before': [name for name, _ in before], 'arguments': arguments, 'options': options}
    except Refused:
        return None


print(json.dumps({'': spelled(main), **{verb: spelled(parser) for verb, parser in verbs.items()}}), flush=True)
for text in sys.stdin:
    print(json.dumps(read(json.loads(text))), flush=True)
