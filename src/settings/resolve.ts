import { AwspipError } from '../errors.ts';
import { escaped } from '../printable.ts';
import { type Setting, type SettingName, type Settings, settings } from './table.ts';
import { type ProjectTrust, valuesToTrust } from './trust.ts';

export type Source = 'flag' | 'environment' | 'project file' | 'user file' | 'default';

/** The values of each source: by setting key for options and files, by variable name for the environment. */
export type Layers = {
  readonly flag: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly project?: ProjectLayer | undefined;
  readonly user?: FileLayer | undefined;
};

export type FileLayer = { readonly path: string; readonly values: Readonly<Record<string, string>> };

/** The project file. Its values that need trust are left out unless the user trusts them. */
export type ProjectLayer = FileLayer & {
  readonly trusted?: boolean | undefined;
  readonly unsafe?: string | undefined;
};

export type ResolvedSettings = {
  readonly values: Settings;
  readonly sources: Readonly<Record<SettingName, Source>>;
  /** The project file, if there is one. */
  readonly project?: ProjectTrust | undefined;
};

/**
 * Resolves every setting from the first source that has a value: flag, environment, project file, user file, default.
 * An empty variable counts as unset, because CI systems define variables as empty. Values of a project file that need
 * trust are left out unless the file is trusted; `requireTrust` reports them.
 *
 * @throws {AwspipError} `setting-invalid` (78), with the source; `settings-conflict` (78) if an option or a variable
 *   names another domain than the project file.
 */
export function resolveSettings(layers: Layers): ResolvedSettings {
  const { project: file } = layers;
  const trusted = file !== undefined && file.unsafe === undefined && (file.trusted === true || trustsAny(layers));
  const values: Record<string, unknown> = {};
  const sources: Record<string, Source> = {};
  const leftOut: string[] = [];
  for (const [name, setting] of Object.entries(settings) as [SettingName, Setting<unknown>][]) {
    let candidate = firstCandidate(setting, layers);
    if (candidate?.source === 'project file' && !mayApply(setting, trusted, file)) {
      const own = firstCandidate(setting, { ...layers, project: undefined });
      if (setting.projectFile === 'trusted' && candidate.raw.trim() !== (own?.raw ?? setting.fallback)) {
        leftOut.push(setting.key);
      }
      candidate = own;
    }
    if (candidate?.source === 'project file' && setting.projectFile === 'trusted') {
      requireSameDomain(candidate, layers);
    }
    values[name] = candidate === undefined ? setting.fallback : parseCandidate(setting, candidate);
    sources[name] = candidate?.source ?? 'default';
  }
  const project = file && {
    path: file.path,
    values: valuesToTrust(file.values),
    trusted,
    unsafe: file.unsafe,
    leftOut,
  };
  return { values: values as Settings, sources: sources as Record<SettingName, Source>, project };
}

function mayApply({ projectFile }: Setting<unknown>, trusted: boolean, file: ProjectLayer | undefined): boolean {
  return projectFile === 'trusted' ? trusted : file?.unsafe === undefined;
}

/** Whether an option or a variable trusts the project file. */
function trustsAny(layers: Layers): boolean {
  const candidate = firstCandidate(settings.trustProject, { ...layers, project: undefined, user: undefined });
  return candidate !== undefined && parseCandidate(settings.trustProject, candidate) === true;
}

/** An unparsed value with its source; `origin` names the source in messages. */
type Candidate = { readonly raw: string; readonly source: Source; readonly origin: string };

function firstCandidate(
  setting: Setting<unknown>,
  { flag, environment, project, user }: Layers,
): Candidate | undefined {
  const option = flag[setting.key];
  if (option !== undefined) return { raw: option, source: 'flag', origin: `\`--awspip-${setting.key}\`` };
  for (const variable of setting.variables) {
    const raw = environment[variable];
    if (raw !== undefined && raw !== '') return { raw, source: 'environment', origin: `\`${variable}\`` };
  }
  const projectValue = setting.projectFile === 'no' ? undefined : project?.values[setting.key];
  if (projectValue !== undefined) {
    return { raw: projectValue, source: 'project file', origin: fileOrigin(setting, project) };
  }
  const userValue = user?.values[setting.key];
  if (userValue !== undefined) return { raw: userValue, source: 'user file', origin: fileOrigin(setting, user) };
  return undefined;
}

/** Throws if an option or a variable names another domain than the project file, whose other values are for its own. */
function requireSameDomain({ origin }: Candidate, layers: Layers): void {
  const domain = firstCandidate(settings.domain, layers);
  const projects = layers.project?.values[settings.domain.key];
  if (domain === undefined || projects === undefined || domain.raw.trim() === projects.trim()) return;
  throw new AwspipError(
    'settings-conflict',
    `${origin} is for the domain \`${escaped(projects)}\`, but ${domain.origin} names the domain \`${escaped(domain.raw)}\``,
    { exit: 'configuration', hint: 'set the other values in the same way as the domain, or unset the domain' },
  );
}

function fileOrigin(setting: Setting<unknown>, file: FileLayer | undefined): string {
  return `\`${setting.key}\` in ${file?.path}`;
}

function parseCandidate(setting: Setting<unknown>, { raw, origin }: Candidate): unknown {
  const value = setting.parse(raw);
  if (value !== undefined) return value;
  const shown = setting.secret ? '***' : raw.slice(0, 200);
  throw new AwspipError('setting-invalid', `${origin} is not valid: \`${shown}\``, {
    exit: 'configuration',
    hint: `set it to ${setting.expects} (${setting.doc})`,
  });
}
