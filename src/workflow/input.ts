import { AwspipError } from '../errors.ts';
import { isProjectName, normaliseName } from '../index/names.ts';
import type { TargetEnvironment } from '../index/types.ts';
import { checkRequestContent } from '../vetting/check-request.ts';
import { requestId } from '../vetting/request-id.ts';
import type { RequestContent } from '../vetting/types.ts';
import { defaultEnvironment } from './default-environment.ts';

/** An execution's input, read: what is asked, and under which attempt if a client asks. */
export type Input = { readonly ask: RequestContent; readonly requestId: string; readonly attempt?: number | undefined };

/**
 * Reads an execution's input: a client's request or a 404 event. Whoever may start executions wrote it, so the
 * request's identity is computed again: nobody can write another request's record.
 *
 * @returns undefined for an event about something that is no project: nothing to do
 * @throws AwspipError `usage`
 */
export function readInput(
  input: unknown,
  environmentOf: (userAgent: string) => TargetEnvironment | undefined,
): Input | undefined {
  const given = (typeof input === 'object' && input !== null ? input : {}) as Record<string, unknown>;
  if ('package' in given && !('roots' in given)) return readEvent(given, environmentOf);
  const ask = checkRequestContent(given);
  const { attempt } = given;
  if (typeof attempt !== 'number' || !Number.isSafeInteger(attempt) || attempt < 1) throw bad('it has no attempt');
  const id = requestId(ask);
  if (given.requestId !== id) throw bad('its identity is not that of what it asks');
  return { ask, requestId: id, attempt };
}

function readEvent(
  { package: name, userAgent }: Record<string, unknown>,
  environmentOf: (userAgent: string) => TargetEnvironment | undefined,
): Input | undefined {
  if (typeof name !== 'string' || !isProjectName(name)) return undefined;
  const environment = typeof userAgent === 'string' ? environmentOf(userAgent) : undefined;
  const ask = checkRequestContent({
    roots: [normaliseName(name)],
    constraints: [],
    options: { pre: false, formatControl: { onlyBinary: [], noBinary: [] }, noDeps: false, upgrade: false },
    environment: environment ?? defaultEnvironment,
    requestedBy: 'event',
  });
  return { ask, requestId: requestId(ask) };
}

function bad(fact: string): AwspipError {
  return new AwspipError('bad-request', `this is no vetting request: ${fact}`, { exit: 'usage' });
}
