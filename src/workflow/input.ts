import { AwspipError } from '../errors.ts';
import { isProjectName, normaliseName } from '../index/names.ts';
import type { TargetEnvironment } from '../index/types.ts';
import { checkRequestContent } from '../vetting/check-request.ts';
import { requestId } from '../vetting/request-id.ts';
import type { RequestContent } from '../vetting/types.ts';
import { defaultEnvironment } from './default-environment.ts';

/** The parsed input of an execution. Only a client's request has an attempt. */
export type Input = {
  readonly content: RequestContent;
  readonly requestId: string;
  readonly attempt?: number | undefined;
};

/**
 * Reads an execution's input: a client's request or a 404 event. It computes the request's identity again, so that an
 * input can't write the record of a different request.
 *
 * @returns undefined for an event without a valid project name
 * @throws AwspipError `usage`
 */
export function readInput(
  input: unknown,
  environmentOf: (userAgent: string) => TargetEnvironment | undefined,
): Input | undefined {
  const members = (typeof input === 'object' && input !== null ? input : {}) as Record<string, unknown>;
  if ('package' in members && !('roots' in members)) return readEvent(members, environmentOf);
  const content = checkRequestContent(members);
  const { attempt } = members;
  if (typeof attempt !== 'number' || !Number.isSafeInteger(attempt) || attempt < 1) {
    throw invalidInput('`attempt` is not a positive integer');
  }
  const id = requestId(content);
  if (members.requestId !== id) throw invalidInput('`requestId` does not match its content');
  return { content, requestId: id, attempt };
}

function readEvent(
  { package: name, userAgent }: Record<string, unknown>,
  environmentOf: (userAgent: string) => TargetEnvironment | undefined,
): Input | undefined {
  if (typeof name !== 'string' || !isProjectName(name)) return undefined;
  const environment = typeof userAgent === 'string' ? environmentOf(userAgent) : undefined;
  const content = checkRequestContent({
    roots: [normaliseName(name)],
    constraints: [],
    options: { pre: false, formatControl: { onlyBinary: [], noBinary: [] }, noDeps: false, upgrade: false },
    environment: environment ?? defaultEnvironment,
    requestedBy: 'event',
  });
  return { content, requestId: requestId(content) };
}

function invalidInput(reason: string): AwspipError {
  return new AwspipError('bad-request', `the vetting request is invalid: ${reason}`, { exit: 'usage' });
}
