import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { homeFolder, temporaryFolder } from '../folders.ts';
import { normaliseName } from '../index/names.ts';
import type { ProjectName } from '../index/types.ts';
import { configuredPip } from '../pip/configured-pip.ts';
import { fileCacheOf } from '../pip/file-cache-folder.ts';
import type { PipCommand } from '../pip/grammar.ts';
import { environmentFromUserAgent } from '../pip/user-agent.ts';
import type { ProcessContext } from '../process-context.ts';
import { openFileCache } from '../relay/file-cache/file-cache.ts';
import type { FileCache } from '../relay/file-cache/types.ts';
import type { ReadAheadPlan } from '../relay/read-ahead/types.ts';
import type { InstallRequest } from './types.ts';

/** The verbs that fetch files. `lock` resolves only. */
const fetchingVerbs = ['install', 'download', 'wheel'];

/** With these, pip installs a project even if it is installed already. */
const ignoringInstalled = ['--target', '--ignore-installed', '--force-reinstall'];

/** Opens the cache of vetted files, unless the setting turns it off. */
function fileCache({ settings, environment, now, unique }: ProcessContext): FileCache | undefined {
  if (settings.fileCache === 'off') return undefined;
  const folder = fileCacheOf({ platform: process.platform, home: homeFolder(), environment });
  return openFileCache({ folder, maxBytes: settings.fileCache, now, unique });
}

/** What is known of an installer other than pip: whether it fetches files, and its virtual environment. */
type OtherInstaller = { readonly fetchesFiles: boolean; readonly home: string | undefined };

/** What a command asks for, and whether files may be kept for later commands. */
export type GatheredRequest = Pick<InstallRequest, 'roots' | 'constraints' | 'options'> & {
  readonly keepsFiles: boolean;
};

/** Returns what the relay reads ahead for a command of pip, or of another installer. */
export async function readAheadPlan(
  context: ProcessContext,
  command: PipCommand,
  { roots, constraints, options, keepsFiles }: GatheredRequest,
  other?: OtherInstaller,
): Promise<ReadAheadPlan> {
  const { verb = '' } = command;
  const hasOption = (...names: string[]) => command.options.some(({ name }) => names.includes(name));
  const { pre, noDeps, formatControl } = options;
  const isFresh = verb !== 'install' || hasOption(...ignoringInstalled);
  const home = async () => (other === undefined ? homeOfPip(context) : other.home);
  const installed = isFresh ? new Set<ProjectName>() : installedProjects(await home());
  return {
    request: {
      ...{ roots, constraints, pre, noDeps, formatControl },
      isCertain: (name) => installed !== undefined && !installed.has(name),
      fetchesFiles: other?.fetchesFiles ?? (fetchingVerbs.includes(verb) && !hasOption('--dry-run')),
    },
    environmentOf: environmentFromUserAgent,
    cache: keepsFiles ? fileCache(context) : undefined,
    folder: path.join(temporaryFolder(), `awspip-ahead-${context.unique()}`),
  };
}

async function homeOfPip(context: ProcessContext): Promise<string | undefined> {
  const pip = await configuredPip(context).catch(() => undefined);
  return pip && path.dirname(path.dirname(pip.python));
}

/**
 * Returns what is installed in a virtual environment, without starting its interpreter. Undefined if that is not known:
 * other environments have further folders.
 */
function installedProjects(home: string | undefined): ReadonlySet<ProjectName> | undefined {
  if (home === undefined) return undefined;
  try {
    const configuration = readFileSync(path.join(home, 'pyvenv.cfg'), 'utf8');
    if (/^include-system-site-packages\s*=\s*true/im.test(configuration)) return undefined;
    const lib = path.join(home, 'lib');
    const folders = readdirSync(lib).filter((name) => /^python\d/.test(name));
    const names = folders.flatMap((name) => readdirSync(path.join(lib, name, 'site-packages')));
    const projects = names.flatMap((name) => /^(.+?)-[^-]+\.(?:dist-info|egg-info)$/.exec(name)?.[1] ?? []);
    return new Set(projects.map(normaliseName));
  } catch {
    return undefined;
  }
}
