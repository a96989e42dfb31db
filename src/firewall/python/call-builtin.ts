import { foldDecoder } from './fold-decoder.ts';
import { bytesFrom, formatBraces, itemsOf, showValue } from './fold-text.ts';
import type { Arguments, Machine } from './machine.ts';
import { callPath } from './paths.ts';
import { allTexts, hole, merge, reference, type Scope, text, unknown, type Value, type Values } from './values.ts';

const maxItems = 20_000;

/** Returns the value of a call of a function that only computes; undefined for any other function. */
export function callPure(name: string, args: Arguments, machine: Machine, scope: Scope): Values | undefined {
  const [first = [], second] = args.positional;
  const only = first.length === 1 ? first[0] : undefined;
  const decoded = foldDecoder(name, args.positional);
  if (decoded !== undefined) return decoded;
  if (
    name.startsWith('os.path.') ||
    name.startsWith('pathlib.') ||
    name.startsWith('posixpath.') ||
    name.startsWith('ntpath.')
  ) {
    return callPath(name.slice(name.indexOf('.') + 1).replace('path.', ''), args);
  }
  if (/^(?:os\.environb?\.(?:copy|items|values)|posix\.environ)$/.test(name))
    return [{ kind: 'unknown', origin: 'environ' }];
  if (
    first.some(isEnvironment) &&
    /^(?:builtins\.(?:dict|str|repr|list|tuple|sorted|bytes)|json\.dumps|pprint\.\w+|urllib\.parse\.urlencode)$/.test(
      name,
    )
  ) {
    return [{ kind: 'unknown', origin: 'environ' }];
  }
  switch (name) {
    case 'builtins.chr':
    case 'builtins.unichr':
      return only?.kind === 'number' && only.value >= 0 && only.value <= 0x10ffff
        ? [text(String.fromCodePoint(only.value))]
        : [text(hole, false, true)];
    case 'builtins.ord':
      return only?.kind === 'text' && only.text.length > 0 ? [number(only.text.codePointAt(0) ?? 0)] : unknown;
    case 'builtins.int':
    case 'builtins.float':
      return callInt(only, second);
    case 'builtins.len':
      return only?.kind === 'text' && !only.text.includes(hole) ? [number(only.text.length)] : unknown;
    case 'builtins.str':
      if (only?.kind === 'text') return [text(only.text, false, only.isDecoded)];
      return only?.kind === 'content' ? [only] : [text(showValue(first))];
    case 'builtins.repr':
    case 'builtins.ascii':
      return [text(only?.kind === 'text' ? `'${only.text}'` : hole)];
    case 'builtins.format':
      return [text(showValue(first))];
    case 'builtins.hex':
    case 'builtins.oct':
    case 'builtins.bin':
      return [text(hole)];
    case 'builtins.bytes':
    case 'builtins.bytearray':
    case 'builtins.memoryview':
      return callBytes(only);
    case 'builtins.list':
    case 'builtins.tuple':
    case 'builtins.set':
    case 'builtins.frozenset':
    case 'builtins.iter':
    case 'builtins.sorted':
    case 'collections.deque':
    case 'copy.copy':
    case 'copy.deepcopy':
      return only?.kind === 'text' && !/copy/.test(name)
        ? [sequence(itemsOf(only))]
        : first.length === 0
          ? [sequence([])]
          : first;
    case 'builtins.reversed':
      return [reverse(only)];
    case 'builtins.range':
      return callRange(args.positional);
    case 'builtins.enumerate':
      return [sequence(iterate(first).map((item) => [sequence([unknown, item])]))];
    case 'builtins.zip':
    case 'itertools.zip_longest':
      return callZip(args.positional);
    case 'builtins.next':
    case 'builtins.min':
    case 'builtins.max':
      return only?.kind === 'sequence' ? merge(...only.items.slice(0, 64)) : unknown;
    case 'builtins.filter':
      return second ?? unknown;
    case 'builtins.dict':
    case 'collections.OrderedDict':
      return callDictionary(args);
    case 'itertools.chain':
      return [sequence(args.positional.flatMap((values) => iterate(values)))];
    case 'builtins.map':
    case 'multiprocessing.pool.map':
      return callMap(args, machine, scope);
    case 'builtins.str.format':
    case 'string.Template':
      return unknown;
    case 'builtins.str.join':
      return unknown;
    case 'textwrap.dedent':
    case 'inspect.cleandoc':
    case 'os.fspath':
    case 'os.fsdecode':
    case 'os.fsencode':
    case 'sys.intern':
    case 'typing.cast':
    case 'shlex.quote':
    case 'six.b':
    case 'six.u':
    case 'six.ensure_str':
      return name === 'typing.cast' ? (second ?? unknown) : first;
    case 'shlex.split': {
      const [line] = allTexts(first) ?? [];
      return line === undefined
        ? unknown
        : [
            sequence(
              line
                .trim()
                .split(/\s+/)
                .map((word) => [text(word.replace(/^(['"])(.*)\1$/, '$2'))]),
            ),
          ];
    }
    case 'shutil.which':
    case 'distutils.spawn.find_executable':
    case 'setuptools._distutils.spawn.find_executable':
      return first;
    case 'os.getenv':
    case 'os.environ.get':
    case 'os.environ.pop':
    case 'os.environ.setdefault':
      return [...(second ?? []), { kind: 'unknown', origin: 'environment' }];
    case 'os.getcwd':
    case 'os.curdir':
      return [text('.')];
    case 'sysconfig.get_config_var':
    case 'distutils.sysconfig.get_config_var':
    case 'sysconfig.get_path':
    case 'sysconfig.get_platform':
    case 'distutils.util.get_platform':
    case 'platform.system':
    case 'platform.machine':
      return [{ kind: 'unknown', origin: 'machine' }];
    default:
      return undefined;
  }
}

function isEnvironment(value: Value): boolean {
  return (
    (value.kind === 'reference' && /^os\.environb?$/.test(value.name)) ||
    (value.kind === 'unknown' && value.origin === 'environ')
  );
}

const number = (value: number): Value => ({ kind: 'number', value });
const sequence = (items: readonly Values[], isOpen = false): Value => ({ kind: 'sequence', items, isOpen });

function callInt(only: Value | undefined, second: Values | undefined): Values {
  if (only?.kind === 'number') return [number(Math.trunc(only.value))];
  if (only?.kind !== 'text') return unknown;
  const base = second?.[0]?.kind === 'number' ? second[0].value : 10;
  const value = base >= 2 && base <= 36 ? Number.parseInt(only.text.replace(/^0[xob]/i, ''), base) : Number(only.text);
  return Number.isNaN(value) ? unknown : [number(value)];
}

function callBytes(only: Value | undefined): Values {
  if (only === undefined) return [text('', true)];
  if (only.kind === 'text')
    return [text(only.isBytes ? only.text : Buffer.from(only.text, 'utf8').toString('latin1'), true, only.isDecoded)];
  if (only.kind === 'sequence') return only.isOpen ? [{ kind: 'unknown', origin: 'decoded' }] : bytesFrom(only.items);
  return only.kind === 'content' ? [only] : unknown;
}

function reverse(only: Value | undefined): Value {
  if (only?.kind === 'text') return sequence(itemsOf({ ...only, isDecoded: true }).toReversed());
  return only?.kind === 'sequence' ? { ...only, items: only.items.toReversed() } : { kind: 'unknown' };
}

function callRange(args: readonly Values[]): Values {
  const numbers = args.map(([value]) => (value?.kind === 'number' ? value.value : Number.NaN));
  const [a = Number.NaN, b, step = 1] = numbers;
  const [start, end] = b === undefined ? [0, a] : [a, b];
  const length = Math.ceil((end - start) / step);
  if (!(length >= 0 && length <= maxItems)) return [sequence([unknown], true)];
  return [sequence(Array.from({ length }, (_, index) => [number(start + index * step)]))];
}

function callZip(args: readonly Values[]): Values {
  const columns = args.map((values) => iterate(values));
  const length = Math.min(...columns.map((column) => column.length), maxItems);
  if (!Number.isFinite(length)) return unknown;
  return [
    sequence(Array.from({ length }, (_, index) => [sequence(columns.map((column) => column[index] ?? unknown))])),
  ];
}

function callDictionary({ positional, keywords }: Arguments): Values {
  const entries = new Map(keywords);
  for (const value of positional[0] ?? []) {
    if (value.kind === 'dictionary') for (const [key, values] of value.entries) entries.set(key, values);
    if (value.kind !== 'sequence') continue;
    for (const [pair] of value.items) {
      const [key, item] = pair?.kind === 'sequence' ? pair.items : [];
      const [name] = allTexts(key ?? []) ?? [];
      if (name !== undefined && item !== undefined) entries.set(name, item);
    }
  }
  return [{ kind: 'dictionary', entries, rest: unknown }];
}

function callMap({ positional }: Arguments, machine: Machine, scope: Scope): Values {
  const [callee = [], ...columns] = positional;
  const lists = columns.map((values) => iterate(values));
  const length = Math.max(0, ...lists.map((items) => items.length));
  const isOpen = length > maxItems;
  const items = Array.from({ length: Math.min(length, maxItems) }, (_, index) => {
    machine.count(4);
    const args = { positional: lists.map((list) => list[index] ?? unknown), keywords: new Map(), isOpen: false };
    return machine.call(callee, args, scope, 0, 'map');
  });
  if (length === 0) machine.call(callee, { positional: [unknown], keywords: new Map(), isOpen: true }, scope, 0, 'map');
  return [sequence(items, isOpen)];
}

/** Returns the items that iterating yields. */
export function iterate(values: Values): readonly Values[] {
  if (values.length === 1) {
    const [only] = values;
    if (only?.kind === 'sequence') return only.isOpen ? [...only.items, unknown] : only.items;
    if (only?.kind === 'text') return only.text.length <= maxItems ? itemsOf(only) : [unknown];
    if (only?.kind === 'dictionary') return [...only.entries.keys()].map((key) => [text(key)]);
    if (only?.kind === 'file') return [[{ kind: 'content', path: only.path }]];
    return [unknown];
  }
  return values.flatMap((value) => iterate([value]));
}

/** Returns the value of `text.format(…)`. */
export function callFormat(value: Extract<Value, { kind: 'text' }>, args: Arguments): Values {
  return formatBraces(value, args.isOpen ? [] : args.positional, args.keywords);
}

export const builtinNames = new Set(
  `abs all any ascii bin bool breakpoint bytearray bytes callable chr classmethod compile complex delattr dict dir divmod
enumerate eval exec execfile filter float format frozenset getattr globals hasattr hash hex id input int isinstance issubclass iter
len list locals map max memoryview min next object oct open ord pow print property range raw_input reduce repr reversed round set
setattr slice sorted staticmethod str sum super tuple type unichr unicode vars zip __import__ __build_class__ file apply reload xrange
help quit exit copyright`.split(/\s+/),
);

/** Returns the reference of a builtin by its name, with names of Python 2 in today's spelling. */
export function builtin(name: string): Values | undefined {
  if (name === '__builtins__' || name === '__builtin__') return [reference('builtins')];
  if (name === '__loader__' || name === '__spec__') return [reference(name)];
  if (!builtinNames.has(name)) return undefined;
  const current = { unicode: 'str', xrange: 'range', raw_input: 'input', file: 'open' }[name] ?? name;
  return [reference(`builtins.${current}`)];
}
