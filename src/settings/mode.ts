import { AwspipError } from '../errors.ts';
import type { ResolvedSettings } from './resolve.ts';

export type Mode = 'aws' | 'local';

/**
 * Which stack is asked: AWS whenever a domain is set anywhere, else the local one. Under CI the local stack must
 * be asked for by name: a lost variable must not turn a company's gate into a local one.
 *
 * @throws {AwspipError} `stack-unclear` (78).
 */
export function decideMode({ values, sources }: ResolvedSettings, ci: string | undefined): Mode {
  const { domain, stack } = values;
  if (domain !== undefined) {
    if (stack !== 'local') return 'aws';
    throw unclear(
      `a CodeArtifact domain is set (${sources.domain}) and the local stack is asked for (${sources.stack})`,
      'unset one of `AWSPIP_DOMAIN` and `AWSPIP_STACK`; a domain always means AWS',
    );
  }
  if (stack === 'aws') throw unclear('AWS is asked for and no CodeArtifact domain is set', 'set `AWSPIP_DOMAIN`');
  if (stack === undefined && isSet(ci)) {
    throw unclear(
      'no CodeArtifact domain is set, and under CI the local stack is not used by itself',
      'set `AWSPIP_DOMAIN`, or ask for the local stack by name with `AWSPIP_STACK=local`',
    );
  }
  return 'local';
}

function isSet(ci: string | undefined): boolean {
  return ci !== undefined && !['', '0', 'false'].includes(ci.toLowerCase());
}

function unclear(message: string, hint: string): AwspipError {
  return new AwspipError('stack-unclear', message, { exit: 'configuration', hint });
}
