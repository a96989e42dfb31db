import { isInstallWord, versionTruth } from './conditions.ts';
import { isArguments } from './definitions.ts';
import type { Machine } from './machine.ts';
import type { Expression } from './syntax.ts';
import { allTexts, type Scope } from './values.ts';

/** Returns whether a condition is always true or always false while pip builds; undefined if that isn't known. */
export function truthOf(test: Expression, scope: Scope, machine: Machine): boolean | undefined {
  switch (test.type) {
    case 'name':
      if (test.name === 'TYPE_CHECKING') return false;
      if (test.name === 'True' || test.name === 'False') return test.name === 'True';
      return test.name === 'None' ? false : undefined;
    case 'attribute':
      return test.name === 'TYPE_CHECKING' || (test.name === 'PY2' && test.of.type === 'name' && test.of.name === 'six')
        ? false
        : undefined;
    case 'number':
      return test.value !== 0;
    case 'unary': {
      const inner = test.operator === 'not' ? truthOf(test.operand, scope, machine) : undefined;
      return inner === undefined ? undefined : !inner;
    }
    case 'binary':
      return binaryTruth(test.operator, test.sides, scope, machine);
    default:
      return undefined;
  }
}

function binaryTruth(
  operator: string,
  [left, right]: readonly [Expression, Expression],
  scope: Scope,
  machine: Machine,
): boolean | undefined {
  if (operator === 'and' || operator === 'or') {
    const sides = [truthOf(left, scope, machine), truthOf(right, scope, machine)];
    if (sides.includes(operator === 'or')) return operator === 'or';
    return sides.includes(undefined) ? undefined : operator === 'and';
  }
  const [a, b] = [machine.resolve(left, scope), machine.resolve(right, scope)];
  const version = versionTruth(a, operator, b);
  if (version !== undefined) return version;
  const [first, second] = [allTexts(a), allTexts(b)];
  if (/^(?:in|not in|==|!=)$/.test(operator)) {
    const words = isArguments(left, a) ? second : isArguments(right, b) ? first : undefined;
    if (words?.every((word) => !isInstallWord(word))) return operator === 'not in' || operator === '!=';
  }
  const isMain = left.type === 'name' && left.name === '__name__';
  if (isMain && second?.[0] === '__main__' && operator === '==') return first?.[0] === '__main__';
  return undefined;
}
