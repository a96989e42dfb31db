# Parses command lines with this pip. Reads and prints one JSON value per line.
# The first printed line has the verbs and their options. Each further line is the parsed command line (a list of
# arguments), or null if pip rejects it or it has no verb.
import json
import sys

from pip._internal.cli.main_parser import create_main_parser
from pip._internal.cli.parser import ConfigOptionParser
from pip._internal.commands import commands_dict, create_command


class Rejected(Exception):
    pass


def reject(*_):
    raise Rejected


ConfigOptionParser.error = ConfigOptionParser.exit = ConfigOptionParser.print_help = reject
recorded = []


def record(option):
    """Records what optparse parses, instead of pip's processing of the value."""

    def process(opt, value, values, parser):
        recorded.append([option._long_opts[0], value])

    option.process = process


def parser_of(parser):
    for option in parser.option_list_all:
        if option._long_opts:
            record(option)
    return parser


main = parser_of(create_main_parser())
verbs = {verb: parser_of(create_command(verb).parser) for verb in commands_dict}


def option_rows(parser):
    return [[o._long_opts + o._short_opts, o.takes_value()] for o in parser.option_list_all if o._long_opts]


def parse(parser, argv):
    """Runs only optparse's own pass, without defaults and configuration."""
    del recorded[:]
    parser.rargs, parser.largs = list(argv), []
    parser.values = None
    try:
        parser._process_args(parser.largs, parser.rargs, None)
    except Exception as error:
        if type(error).__name__ in ('BadOptionError', 'AmbiguousOptionError', 'OptionValueError', 'Rejected'):
            raise Rejected
        raise
    return parser.largs + parser.rargs, list(recorded)


def read(line):
    try:
        rest, before = parse(main, line)
        if not rest or rest[0] not in verbs:
            return None
        argv = list(line)
        argv.remove(rest[0])
        arguments, options = parse(verbs[rest[0]], argv)
        return {'verb': rest[0], 'before': [name for name, _ in before], 'arguments': arguments, 'options': options}
    except Rejected:
        return None


print(json.dumps({'': option_rows(main), **{verb: option_rows(parser) for verb, parser in verbs.items()}}), flush=True)
for text in sys.stdin:
    print(json.dumps(read(json.loads(text))), flush=True)
