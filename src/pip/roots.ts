import type { TargetPython } from '../index/types.ts';
import { unvettedOptions } from './bypass.ts';
import { gather, type RootsPorts } from './gather-roots.ts';
import type { PipCommand } from './grammar.ts';
import type { Lock } from './lock-sources.ts';
import { copyOnceOnlyInputs } from './once-only-inputs.ts';
import {
  configuredByVariables,
  excludesIndex,
  keepsFiles,
  preReleaseConstraints,
  type RootOptions,
  rootOptions,
  targetPython,
  uploadCutoff,
} from './root-options.ts';
import type { UnvettedSource } from './unvetted-source.ts';

export type { RootsPorts } from './gather-roots.ts';
export type { UnvettedSource } from './unvetted-source.ts';

/** The requirements of a command line and the files it names. */
export type Roots = {
  /** Requirements (PEP 508) as written, each once: from arguments, files, and the static metadata of local projects. */
  readonly roots: readonly string[];
  /** Where roots stand that are not arguments, by their text: `requirements.txt:3`. */
  readonly locations: ReadonlyMap<string, string>;
  /** Build requirements of local projects, as far as they are static. */
  readonly buildRoots: readonly string[];
  readonly constraints: readonly string[];
  /** Whether pip may keep files for later commands. */
  readonly keepsFiles: boolean;
  readonly options: RootOptions;
  /** The Python that files are for, if it is not the one that runs pip. */
  readonly target: TargetPython | undefined;
  readonly unvettedSources: readonly UnvettedSource[];
  /** Lock files (pylock.toml) whose pins are among the roots: see `copyLocks`. */
  readonly locks: readonly Lock[];
  /** `position: problem`: input that pip will reject. */
  readonly problems: readonly string[];
  /** pip's arguments. Copies replace standard input and `<(…)`, so that a second run can read them again. */
  readonly argv: readonly string[];
  /** Removes the copies. Call it after the last pip run. */
  readonly cleanup: () => Promise<void>;
};

const withoutRequirements = new Set(['list', 'search']);

/**
 * Collects the requirements of a command before pip runs, by reading arguments and files as pip does. Invalid input is
 * skipped and listed in `problems`, because pip decides what is valid.
 *
 * @throws {AwspipError} `usage` for a file that includes itself, exceeds a limit, or can be read only once.
 * @throws {AwspipError} `configuration` when the temporary folder is not writable.
 */
export async function gatherRoots(command: PipCommand, ports: RootsPorts): Promise<Roots> {
  if (!command.usesIndex || withoutRequirements.has(command.verb ?? '')) return emptyRoots(command, ports);
  const configured = ports.configuration ?? configuredByVariables(command, ports.variables);
  const repeatable = await copyOnceOnlyInputs(command, ports.folder, ports.files);
  const { argv, cleanup } = repeatable;
  try {
    const gathered = await gather(command, configured, ports, repeatable);
    const { roots, locations, buildRoots, constraints, options, unvetted: unvettedSources, locks, problems } = gathered;
    return {
      roots: [...roots],
      locations,
      // Without an index, builds use the allowed folders too.
      buildRoots: excludesIndex([...command.options, ...options]) ? [] : [...buildRoots],
      constraints: [...constraints, ...preReleaseConstraints([...configured.options, ...command.options])],
      keepsFiles: keepsFiles(command, configured),
      options: {
        ...rootOptions(command, configured, options),
        uploadedBefore: uploadCutoff(command, configured, (ports.now ?? Date.now)()),
      },
      target: targetPython(command, configured),
      unvettedSources,
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

async function emptyRoots(command: PipCommand, ports: RootsPorts): Promise<Roots> {
  const configured = ports.configuration ?? configuredByVariables(command, ports.variables);
  return {
    roots: [],
    locations: new Map(),
    buildRoots: [],
    constraints: [],
    keepsFiles: true,
    options: {
      ...rootOptions(command, configuredByVariables(command, ports.variables), []),
      uploadedBefore: uploadCutoff(command, configured, (ports.now ?? Date.now)()),
    },
    target: undefined,
    unvettedSources: command.usesIndex ? await unvettedOptions(command, ports) : [],
    locks: [],
    problems: [],
    argv: command.argv,
    cleanup: async () => {},
  };
}
