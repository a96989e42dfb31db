import { AwspipError } from '../errors.ts';
import { type Setting, type SettingName, type Settings, settings } from './table.ts';

export type Source = 'flag' | 'environment' | 'project file' | 'user file' | 'default';

/** What each place says, by setting key (files, flags) or by variable name (environment). */
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
 * Every setting from the first place that says anything: flag, environment, project file, user file, default.
 *
 * An empty variable counts as unset, as CI systems define variables empty.
 *
 * @throws {AwspipError} `setting-invalid` (78), naming the place; `settings-conflict` (78) where a project would lead to
 *   another repository than the user names.
 */
export function resolveSettings(layers: Layers): ResolvedSettings {
  const values: Record<string, unknown> = {};
  const sources: Record<string, Source> = {};
  for (const [name, setting] of Object.entries(settings) as [SettingName, Setting<unknown>][]) {
    const said = firstSaid(setting, layers);
    if (said?.source === 'project file' && setting.gate) refuseOther(setting, said, layers);
    values[name] = said === undefined ? setting.fallback : parsed(setting, said);
    sources[name] = said?.source ?? 'default';
  }
  return { values: values as Settings, sources: sources as Record<SettingName, Source> };
}

type Said = { readonly raw: string; readonly source: Source; readonly origin: string };

function firstSaid(setting: Setting<unknown>, { flag, environment, project, user }: Layers): Said | undefined {
  const flagged = flag[setting.key];
  if (flagged !== undefined) return { raw: flagged, source: 'flag', origin: `\`--awspip-${setting.key}\`` };
  for (const variable of setting.variables) {
    const raw = environment[variable];
    if (raw !== undefined && raw !== '') return { raw, source: 'environment', origin: `\`${variable}\`` };
  }
  const inProject = setting.projectFile ? project?.values[setting.key] : undefined;
  if (inProject !== undefined) return { raw: inProject, source: 'project file', origin: inFile(setting, project) };
  const inUser = user?.values[setting.key];
  if (inUser !== undefined) return { raw: inUser, source: 'user file', origin: inFile(setting, user) };
  return undefined;
}

function refuseOther(setting: Setting<unknown>, { raw, origin }: Said, { project: _, ...layers }: Layers): void {
  const domain = firstSaid(settings.domain, layers);
  if (domain === undefined) return;
  const own = firstSaid(setting, layers)?.raw ?? setting.fallback;
  if (own === raw) return;
  const fact = own === undefined ? 'you name none' : `yours is \`${own}\``;
  throw new AwspipError(
    'settings-conflict',
    `${origin} is \`${raw.slice(0, 200)}\`, and ${fact}: where you name the domain (${domain.origin}), no project leads elsewhere`,
    {
      exit: 'configuration',
      hint: `take it out there, or say so yourself: \`--awspip-${setting.key}=${raw.slice(0, 200)}\` or \`${setting.variables[0]}\``,
    },
  );
}

function inFile(setting: Setting<unknown>, file: FileLayer | undefined): string {
  return `\`${setting.key}\` in ${file?.path}`;
}

function parsed(setting: Setting<unknown>, { raw, origin }: Said): unknown {
  const value = setting.parse(raw);
  if (value !== undefined) return value;
  const shown = setting.secret ? '***' : raw.slice(0, 200);
  throw new AwspipError('setting-invalid', `${origin} is not valid: \`${shown}\`, expected ${setting.expects}`, {
    exit: 'configuration',
    hint: `${setting.key}: ${setting.doc}`,
  });
}
