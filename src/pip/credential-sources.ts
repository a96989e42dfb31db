import { join } from 'node:path';
import type { KeyringPrograms, UpstreamConfiguration } from '../index/types.ts';
import { isTrue, type PipConfiguration } from './configuration.ts';
import { findOnPath, type PipSearch, virtualPython } from './find-pip.ts';

type Machine = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The home folder, absolute. */
  readonly home: string;
};

/**
 * Returns where pip finds credentials for its indexes, in addition to their URLs: netrc files (`NETRC`, else `~/.netrc` or
 * `~/_netrc`) and the keyring of `--keyring-provider`.
 */
export function credentialSources(
  { options }: Pick<PipConfiguration, 'options'>,
  machine: Machine,
): Pick<UpstreamConfiguration, 'netrcFiles' | 'keyring'> {
  const lastValue = (name: string) => options.findLast((option) => option.name === name)?.value.trim();
  const provider = lastValue('--keyring-provider') ?? 'auto';
  // Without input, pip asks a keyring only if it is chosen, because one may ask its user something.
  const isAsked = provider !== 'auto' || !isTrue(lastValue('--no-input'));
  return {
    netrcFiles: netrcFiles(machine),
    keyring: isAsked ? keyringPrograms(provider, machine) : undefined,
  };
}

function netrcFiles({ environment: { NETRC: named }, home }: Machine): readonly string[] {
  if (named === undefined) return [join(home, '.netrc'), join(home, '_netrc')];
  if (named === '') return [];
  return [named === '~' || named.startsWith('~/') ? home + named.slice(1) : named];
}

function keyringPrograms(provider: string, { environment }: Machine): KeyringPrograms | undefined {
  const search: PipSearch = { path: environment.PATH ?? '', virtualEnv: environment.VIRTUAL_ENV, ownPaths: [] };
  const isUsed = (kind: string) => provider === kind || provider === 'auto';
  const python = isUsed('import') ? pythonOf(search) : undefined;
  const [command] = isUsed('subprocess') ? findOnPath('keyring', search) : [];
  return python === undefined && command === undefined ? undefined : { python, command };
}

function pythonOf(search: PipSearch): string | undefined {
  const active = search.virtualEnv ? virtualPython(search.virtualEnv, search) : undefined;
  return active ?? ['python3', 'python'].flatMap((name) => findOnPath(name, search))[0];
}
