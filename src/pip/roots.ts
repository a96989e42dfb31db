import type { TargetPython } from '../index/types.ts';
import { unvettedOptions } from './bypass.ts';
import { gather, type RootsPorts } from './gather-roots.ts';
import type { PipCommand } from './grammar.ts';
import type { Lock } from './lock-sources.ts';
import { copyOnceOnlyInputs } from './once-only-inputs.ts';
import {
  configuredByVariables,
  preReleaseConstraints,
  type RootOptions,
  rootOptions,
  targetPython,
} from './root-options.ts';
import type { UnvettedSource } from './unvetted-source.ts';

export type { RootsPorts } from './gather-roots.ts';
export type { UnvettedSource } from './unvetted-source.ts';

/** What a command line and the files it names ask for. */
export type Roots = {
  /** PEP 508 as written, each once: arguments, files, and the static needs of local projects. */
  readonly roots: readonly string[];
  /** What builds of local projects need, as far as they say so without running anything. */
  readonly buildRoots: readonly string[];
  readonly constraints: readonly string[];
  readonly options: RootOptions;
  /** The Python that files are for, when it is not the one that runs pip. */
  readonly target: TargetPython | undefined;
  readonly unvetted: readonly UnvettedSource[];
  /** Lock files (pylock.toml) whose pins are among the roots: see `placeLocks`. */
  readonly locks: readonly Lock[];
  /** `where: what`: what pip will complain about by itself. */
  readonly problems: readonly string[];
  /** pip's arguments, with standard input and `<(…)` replaced by copies that a second run can read again. */
  readonly argv: readonly string[];
  /** Removes the copies. Call it once the last pip run is over. */
  readonly cleanup: () => Promise<void>;
};

const withoutRequirements = new Set(['list', 'search']);

/**
 * Everything a command asks for, found by reading arguments and files as pip does, before pip runs.
 *
 * pip stays the judge of what it is given: what it will refuse is passed over here and listed in `problems`.
 * @throws AwspipError `usage` for a requirements file that includes itself, is beyond all bounds, or includes what can
 * be read but once; `configuration` when there is no room for temporary files.
 */
export async function gatherRoots(command: PipCommand, ports: RootsPorts): Promise<Roots> {
  if (!command.usesIndex || withoutRequirements.has(command.verb ?? '')) return nothing(command, ports);
  const configured = ports.configuration ?? configuredByVariables(command, ports.variables);
  const repeatable = await copyOnceOnlyInputs(command, ports.folder, ports.files);
  const { argv, cleanup } = repeatable;
  try {
    const gathered = await gather(command, configured, ports, repeatable);
    const { roots, buildRoots, constraints, options, unvetted, locks, problems } = gathered;
    return {
      roots: [...roots],
      buildRoots: [...buildRoots],
      constraints: [...constraints, ...preReleaseConstraints([...configured.options, ...command.options])],
      options: rootOptions(command, configured, options),
      target: targetPython(command, configured),
      unvetted,
      locks,
      problems,
      argv,
      cleanup,
    };
  } catch (error) {
    await cleanup();
    throw error;
  }
}

async function nothing(command: PipCommand, ports: RootsPorts): Promise<Roots> {
  return {
    roots: [],
    buildRoots: [],
    constraints: [],
    options: rootOptions(command, configuredByVariables(command, ports.variables), []),
    target: undefined,
    unvetted: command.usesIndex ? await unvettedOptions(command, ports) : [],
    locks: [],
    problems: [],
    argv: command.argv,
    cleanup: async () => {},
  };
}
