import { createHash } from 'node:crypto';
import type { RequestContent, VettingRequest } from './types.ts';

/**
 * The identity of what is asked: 32 hex digits of the SHA-256 of its canonical JSON. Who asks and in what order does
 * not matter, so that everyone who asks the same joins one execution.
 */
export function requestId({ roots, constraints, options, environment }: Omit<RequestContent, 'requestedBy'>): string {
  const { formatControl } = options;
  const asked = {
    roots: sorted(roots),
    constraints: sorted(constraints),
    options: {
      pre: options.pre,
      noDeps: options.noDeps,
      upgrade: options.upgrade,
      onlyBinary: sorted(formatControl.onlyBinary),
      noBinary: sorted(formatControl.noBinary),
    },
    environment,
  };
  return createHash('sha256').update(canonical(asked)).digest('hex').slice(0, 32);
}

/** Name of an execution: within the 80 characters and the alphabet Step Functions allows. */
export function executionName({ requestId, attempt }: Pick<VettingRequest, 'requestId' | 'attempt'>): string {
  return `${requestId}-${attempt}`;
}

/** JSON with sorted keys and without undefined members: equal data gives equal text (as RFC 8785 orders it). */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value ?? null);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`);
  return `{${members.join(',')}}`;
}

const sorted = (texts: readonly string[]): string[] => [...new Set(texts)].sort();
