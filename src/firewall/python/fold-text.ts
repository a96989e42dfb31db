import { bytesOf, decodeByCodec } from './fold-decoder.ts';
import { hole, isText, type TextValue, text, unknown, type Value, type Values } from './values.ts';

const maxLength = 4 * 1024 * 1024;

/** Returns the result of a method of a text; undefined for a method that isn't known. */
export function foldMethod(value: TextValue, method: string, args: readonly Values[]): Values | undefined {
  const { text: own, isBytes, isDecoded } = value;
  const same = (changed: string, hides = false): Values => [
    text(changed.slice(0, maxLength), isBytes, isDecoded || hides),
  ];
  const first = args[0]?.length === 1 ? args[0][0] : undefined;
  const second = args[1]?.length === 1 ? args[1][0] : undefined;
  switch (method) {
    case 'encode':
      return [
        text(
          /^(?:rot|hex|base)/i.test(isText(first) ? first.text : '')
            ? hole
            : Buffer.from(own, 'utf8').toString('latin1'),
          true,
          isDecoded,
        ),
      ];
    case 'decode': {
      const found = decodeByCodec(own, isText(first) ? first.text : 'utf-8');
      const [result] = found ?? [];
      if (!isText(result)) return [{ kind: 'unknown', origin: 'decoded' }];
      return [text(result.text, result.isBytes, isDecoded || result.isDecoded)];
    }
    case 'lower':
    case 'casefold':
      return same(own.toLowerCase());
    case 'upper':
      return same(own.toUpperCase());
    case 'swapcase':
      return same(
        [...own]
          .map((letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()))
          .join(''),
        true,
      );
    case 'title':
    case 'capitalize':
      return same(own.slice(0, 1).toUpperCase() + own.slice(1).toLowerCase());
    case 'strip':
    case 'lstrip':
    case 'rstrip':
      return same(strip(own, method, isText(first) ? first.text : undefined));
    case 'removeprefix':
      return isText(first) && own.startsWith(first.text) ? same(own.slice(first.text.length)) : same(own);
    case 'removesuffix':
      return isText(first) && first.text !== '' && own.endsWith(first.text)
        ? same(own.slice(0, -first.text.length))
        : same(own);
    case 'replace':
      return isText(first) && isText(second) && first.text !== ''
        ? same(
            own.replaceAll(first.text, () => second.text),
            !/[-_./\\ ]/.test(first.text),
          )
        : same(hole);
    case 'join':
      return join(value, args[0]);
    case 'split':
    case 'rsplit':
    case 'splitlines':
      return split(value, method, first, args.length > 1);
    case 'format':
      return undefined;
    case 'hex':
      return [text(bytesOf(own).toString('hex'))];
    case '__add__':
      return isText(first) ? same(own + first.text) : same(own + hole);
    case '__str__':
      return same(own);
    case 'zfill':
    case 'ljust':
    case 'rjust':
    case 'center':
      return same(hole);
    case 'translate':
      return [{ kind: 'unknown', origin: 'decoded' }];
    default:
      return undefined;
  }
}

function strip(own: string, method: string, characters: string | undefined): string {
  const isStripped = (character: string): boolean =>
    characters === undefined ? /\s/.test(character) : characters.includes(character);
  let [start, end] = [0, own.length];
  if (method !== 'rstrip') while (start < end && isStripped(own[start] ?? '')) start += 1;
  if (method !== 'lstrip') while (end > start && isStripped(own[end - 1] ?? '')) end -= 1;
  return own.slice(start, end);
}

function split(value: TextValue, method: string, separator: Value | undefined, isLimited: boolean): Values | undefined {
  const { text: own, isBytes, isDecoded } = value;
  if (isLimited || (separator !== undefined && !isText(separator))) return unknown;
  const parts =
    method === 'splitlines'
      ? own.split(/\r\n|\r|\n/)
      : isText(separator)
        ? own.split(separator.text)
        : own.trim().split(/\s+/);
  if (parts.length > 10_000) return unknown;
  return [{ kind: 'sequence', items: parts.map((part) => [text(part, isBytes, isDecoded)]), isOpen: false }];
}

/** Joins a sequence of texts. Text that is joined from single characters counts as decoded. */
function join({ text: own, isBytes }: TextValue, values: Values | undefined): Values {
  const [sequence] = values ?? [];
  if (values?.length !== 1 || sequence === undefined) return [text(hole, isBytes)];
  if (isText(sequence)) return [text([...sequence.text].join(own), isBytes, sequence.isDecoded)];
  if (sequence.kind !== 'sequence') return [text(hole, isBytes)];
  let isDecoded = false;
  let singles = 0;
  let result = '';
  for (const [index, item] of sequence.items.entries()) {
    const [part] = item;
    const isKnown = item.length === 1 && isText(part);
    if (isKnown) {
      isDecoded ||= part.isDecoded;
      if (part.text.length === 1) singles += 1;
    }
    result += (index === 0 ? '' : own) + (isKnown ? part.text : hole);
    if (result.length > maxLength) return [text(hole, isBytes, true)];
  }
  isDecoded ||= singles > 3 && singles > sequence.items.length / 2;
  return [text(result + (sequence.isOpen ? own + hole : ''), isBytes, isDecoded)];
}

/** Returns `a % b` for a text: placeholders are filled where the values are known. */
export function formatPercent(format: TextValue, args: Values): Values {
  const [only] = args;
  const items = args.length === 1 && only?.kind === 'sequence' ? only.items : [args];
  let index = 0;
  const filled = format.text.replace(
    /%(?:\(([^)]*)\))?[-#0 +]*\d*(?:\.\d+)?([a-z%])/gi,
    (_whole, key?: string, type?: string) => {
      if (type === '%') return '%';
      if (key !== undefined)
        return showValue(only?.kind === 'dictionary' ? (only.entries.get(key) ?? only.rest) : unknown);
      index += 1;
      const item = items[index - 1] ?? unknown;
      return type === 'c' ? character(item) : showValue(item);
    },
  );
  return [text(filled, format.isBytes, format.isDecoded || items.some(hasDecoded))];
}

const hasDecoded = (values: Values): boolean => values.some((value) => isText(value) && value.isDecoded);

function character(values: Values): string {
  const [value] = values;
  return value?.kind === 'number'
    ? String.fromCodePoint(Math.max(0, Math.min(0x10ffff, value.value)))
    : showValue(values);
}

/** Returns `text.format(…)`. */
export function formatBraces(
  format: TextValue,
  args: readonly Values[],
  keywords: ReadonlyMap<string, Values>,
): Values {
  let index = 0;
  const filled = format.text.replace(
    /\{\{|\}\}|\{([^{}!:]*)(?:![a-z])?(?::([^{}]*))?\}/g,
    (whole, key?: string, specification?: string) => {
      if (whole === '{{') return '{';
      if (whole === '}}') return '}';
      const position = key === '' ? index++ : Number(key);
      const value = Number.isNaN(position) ? keywords.get(key ?? '') : args[position];
      if (value === undefined) return hole;
      return specification === 'c' ? character(value) : showValue(value);
    },
  );
  return [text(filled, format.isBytes, format.isDecoded || args.some(hasDecoded))];
}

/** Returns a value as `str` shows it. */
export function showValue(values: Values): string {
  const [value] = values;
  if (values.length !== 1 || value === undefined) return hole;
  if (value.kind === 'text') return value.text;
  return value.kind === 'number' ? String(value.value) : hole;
}

/** Returns the characters or byte values of a text as items. */
export function itemsOf({ text: own, isBytes, isDecoded }: TextValue): readonly Values[] {
  const characters = isBytes ? own.split('') : [...own];
  return characters.map((letter) => [
    isBytes ? { kind: 'number', value: letter.charCodeAt(0) } : text(letter, false, isDecoded),
  ]);
}

/** Returns the text of byte values, as `bytes([…])` does; undefined if one is not known. */
export function bytesFrom(items: readonly Values[]): Values {
  const codes = items.map(([value]) => (value?.kind === 'number' ? value.value : Number.NaN));
  if (codes.some((code) => !(code >= 0 && code < 256))) return [{ kind: 'unknown', origin: 'decoded' }];
  return [text(codes.map((code) => String.fromCharCode(code)).join(''), true, codes.length > 3)];
}
