import { createHash } from 'node:crypto';
import type { RequestContent, VettingRequest } from './types.ts';

/**
 * Returns the identity of a request: 32 hex digits of the SHA-256 of its canonical JSON. The requester and the order of
 * the roots don't count, so that equal requests share one execution.
 */
export function requestId({ roots, constraints, options, environment }: Omit<RequestContent, 'requestedBy'>): string {
  const { formatControl } = options;
  const identity = {
    roots: sorted(roots),
    constraints: sorted(constraints),
    options: {
      pre: options.pre,
      noDeps: options.noDeps,
      upgrade: options.upgrade,
      separate: options.separate === true ? true : undefined,
      onlyBinary: sorted(formatControl.onlyBinary),
      noBinary: sorted(formatControl.noBinary),
      uploadedBefore: options.uploadedBefore,
    },
    environment,
  };
  return createHash('sha256').update(canonical(identity)).digest('hex').slice(0, 32);
}

/** Returns an execution's name, within the 80 characters and the alphabet that Step Functions allows. */
export function executionName({ requestId, attempt }: Pick<VettingRequest, 'requestId' | 'attempt'>): string {
  return `${requestId}-${attempt}`;
}

/** Returns JSON with sorted keys (RFC 8785) and without undefined members, so that equal data gives equal text. */
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
