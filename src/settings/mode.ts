import { AwspipError } from '../errors.ts';
import type { ResolvedSettings } from './resolve.ts';
import { requireTrust } from './trust.ts';

export type Mode = 'aws' | 'local';

/**
 * Decides between AWS and the local stack. A domain set anywhere means AWS. Under `CI=true` the local stack must be set
 * explicitly: if a CI job loses its `AWSPIP_DOMAIN`, it must fail rather than use a policy of its own.
 *
 * @throws {AwspipError} `stack-unclear` (78), or the errors of `requireTrust` (78).
 */
export function decideMode({ values, sources, project }: ResolvedSettings, ciVariable: string | undefined): Mode {
  const { domain, stack } = values;
  // The local stack uses none of the values that need trust.
  if (domain !== undefined || stack !== 'local') requireTrust(project);
  if (domain !== undefined) {
    if (stack !== 'local') return 'aws';
    throw unclear(
      `the settings contradict: \`domain\` (${sources.domain}) means AWS, but \`stack\` (${sources.stack}) is \`local\``,
      'unset `AWSPIP_DOMAIN` or `AWSPIP_STACK`',
    );
  }
  if (stack === 'aws') throw unclear('`stack` is `aws`, but no CodeArtifact domain is set', 'set `AWSPIP_DOMAIN`');
  if (stack === undefined && isSet(ciVariable)) {
    throw unclear(
      'no CodeArtifact domain is set, and under `CI=true` the local stack is not the default',
      'set `AWSPIP_DOMAIN`, or use the local stack with `AWSPIP_STACK=local`',
    );
  }
  return 'local';
}

function isSet(variable: string | undefined): boolean {
  return variable !== undefined && !['', '0', 'false'].includes(variable.toLowerCase());
}

function unclear(message: string, hint: string): AwspipError {
  return new AwspipError('stack-unclear', message, { exit: 'configuration', hint });
}
