import { formatPercent, showValue } from './fold-text.ts';
import { joinPath } from './paths.ts';
import { hole, merge, text, unknown, type Value, type Values } from './values.ts';

export function numberOf(values: Values): number | undefined {
  const [only] = values;
  return values.length === 1 && only?.kind === 'number' ? only.value : undefined;
}

export function slice(value: Value, parts: readonly (number | undefined)[], isKnown: boolean): Values {
  const isReversed = (parts[2] ?? 1) !== 1;
  if (value.kind !== 'text' && value.kind !== 'sequence')
    return value.kind === 'content' || value.kind === 'unknown' ? [value] : unknown;
  if (!isKnown) return value.kind === 'text' ? [text(hole, value.isBytes, true)] : [{ ...value, isOpen: true }];
  const items = value.kind === 'text' ? (value.isBytes ? value.text.split('') : [...value.text]) : value.items;
  const picked = pick(items as readonly unknown[], parts);
  if (value.kind === 'sequence') return [{ ...value, items: picked as readonly Values[] }];
  return [text((picked as readonly string[]).join(''), value.isBytes, value.isDecoded || isReversed)];
}

export function pick(
  items: readonly unknown[],
  [start, end, step = 1]: readonly (number | undefined)[],
): readonly unknown[] {
  if (step === 1) return items.slice(start ?? 0, end);
  if (step === 0) return [];
  const found: unknown[] = [];
  const at = (position: number): number => (position < 0 ? position + items.length : position);
  if (step > 0)
    for (let index = at(start ?? 0); index < Math.min(items.length, at(end ?? items.length)); index += step)
      found.push(items[index]);
  else
    for (
      let index = Math.min(items.length - 1, at(start ?? items.length - 1));
      index > (end === undefined ? -1 : at(end));
      index += step
    )
      found.push(items[index]);
  return found;
}

export function combine(operator: string, a: Value, b: Value, all: Values): Values {
  if (a.kind === 'number' && b.kind === 'number') {
    const result = arithmetic(operator, a.value, b.value);
    return result === undefined ? unknown : [{ kind: 'number', value: result }];
  }
  if (operator === '+') {
    if (a.kind === 'text' || b.kind === 'text') {
      if (a.kind === 'content' || b.kind === 'content') return [a.kind === 'content' ? a : b];
      if (a.kind === 'unknown' && a.origin !== undefined) return [a];
      if (b.kind === 'unknown' && (b.origin === 'decoded' || b.origin === 'network')) return [b];
      const [left, right] = [showValue([a]), showValue([b])];
      const isDecoded = (a.kind === 'text' && a.isDecoded) || (b.kind === 'text' && b.isDecoded);
      return [text(left + right, (a.kind === 'text' && a.isBytes) || (b.kind === 'text' && b.isBytes), isDecoded)];
    }
    if (a.kind === 'sequence') {
      return b.kind === 'sequence'
        ? [{ kind: 'sequence', items: [...a.items, ...b.items], isOpen: a.isOpen || b.isOpen }]
        : [{ ...a, isOpen: true }];
    }
    if (b.kind === 'sequence')
      return [
        {
          kind: 'sequence',
          items: [[{ kind: 'unknown', origin: a.kind === 'unknown' ? a.origin : undefined }], ...b.items],
          isOpen: true,
        },
      ];
    return unknown;
  }
  if (operator === '%' && a.kind === 'text') return formatPercent(a, all);
  if (operator === '/' && a.kind === 'text') return [text(joinPath([a.text === '.' ? '' : a.text, showValue([b])]))];
  if (operator === '/' && b.kind === 'text' && (a.kind === 'unknown' || a.kind === 'result'))
    return [text(joinPath([hole, b.text]))];
  if (operator === '*' && a.kind === 'text' && b.kind === 'number') {
    return b.value * a.text.length < 100_000
      ? [text(a.text.repeat(Math.max(0, b.value)), a.isBytes, a.isDecoded)]
      : unknown;
  }
  return unknown;
}

export function arithmetic(operator: string, a: number, b: number): number | undefined {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0 ? undefined : a / b;
    case '//':
      return b === 0 ? undefined : Math.floor(a / b);
    case '%':
      return b === 0 ? undefined : ((a % b) + b) % b;
    case '**':
      return a ** b;
    case '^':
      return a ^ b;
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '<<':
      return a * 2 ** b;
    case '>>':
      return Math.floor(a / 2 ** b);
    default:
      return undefined;
  }
}

export function unpack(values: Values): Values {
  return merge(...values.map((value) => (value.kind === 'sequence' ? merge(...value.items.slice(0, 16)) : unknown)));
}

export function indirect(values: Values): Values {
  return values.map((value) => (value.kind === 'reference' ? { ...value, isIndirect: true } : value));
}
