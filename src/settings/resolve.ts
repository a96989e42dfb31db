import { AwspipError } from '../errors.ts';
import { type Setting, type SettingName, type Settings, settings } from './table.ts';

export type Source = 'flag' | 'environment' | 'project file' | 'user file' | 'default';

/** The values of each source: by setting key for options and files, by variable name for the environment. */
export type Layers = {
  readonly flag: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly project?: FileLayer | undefined;
  readonly user?: FileLayer | undefined;
};

export type FileLayer = { readonly path: string; readonly values: Readonly<Record<string, string>> };

export type ResolvedSettings = {
  readonly values: Settings;
  readonly sources: Readonly<Record<SettingName, Source>>;
};

/**
 * Resolves every setting from the first source that has a value: flag, environment, project file, user file, default.
 * An empty variable counts as unset, because CI systems define variables as empty.
 *
 * @throws {AwspipError} `setting-invalid` (78), with the source; `settings-conflict` (78) if a project file selects
 *   another repository than the user's own settings.
 */
export function resolveSettings(layers: Layers): ResolvedSettings {
  const values: Record<string, unknown> = {};
  const sources: Record<string, Source> = {};
  for (const [name, setting] of Object.entries(settings) as [SettingName, Setting<unknown>][]) {
    const candidate = firstCandidate(setting, layers);
    if (candidate?.source === 'project file' && setting.selectsRepository) {
      requireUsersRepository(setting, candidate, layers);
    }
    values[name] = candidate === undefined ? setting.fallback : parseCandidate(setting, candidate);
    sources[name] = candidate?.source ?? 'default';
  }
  return { values: values as Settings, sources: sources as Record<SettingName, Source> };
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
  const projectValue = setting.projectFile ? project?.values[setting.key] : undefined;
  if (projectValue !== undefined) {
    return { raw: projectValue, source: 'project file', origin: fileOrigin(setting, project) };
  }
  const userValue = user?.values[setting.key];
  if (userValue !== undefined) return { raw: userValue, source: 'user file', origin: fileOrigin(setting, user) };
  return undefined;
}

/** Throws if the user sets a domain and the project's value of this setting differs from the user's. */
function requireUsersRepository(
  setting: Setting<unknown>,
  { raw, origin }: Candidate,
  { project: _, ...layers }: Layers,
): void {
  const domain = firstCandidate(settings.domain, layers);
  if (domain === undefined) return;
  const usersValue = firstCandidate(setting, layers)?.raw ?? setting.fallback;
  if (usersValue === raw) return;
  const fact = usersValue === undefined ? 'your settings have no value for it' : `your settings say \`${usersValue}\``;
  const shown = raw.slice(0, 200);
  throw new AwspipError(
    'settings-conflict',
    `${origin} is \`${shown}\`, but ${fact}: a project cannot select another repository if you set the domain (${domain.origin})`,
    {
      exit: 'configuration',
      hint: `remove it from the project, or confirm it with \`--awspip-${setting.key}=${shown}\` or \`${setting.variables[0]}\``,
    },
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
