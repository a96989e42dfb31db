import { checkLength } from '../../index/core-metadata.ts';
import { parseToml } from '../../toml.ts';

/** The requirements in an sdist's pyproject.toml, as PEP 508 lines. */
export type Pyproject = {
  /** `[build-system].requires` (PEP 518); undefined when absent. */
  readonly buildRequires?: readonly string[] | undefined;
  /** `[project].dependencies` and those of the extras (PEP 621); undefined when absent or dynamic. */
  readonly dependencies?: readonly string[] | undefined;
  readonly requiresPython?: string | undefined;
};

/** The build requirements that pip assumes when an sdist declares none (PEP 517, and pip's `pyproject.py`). */
export const defaultBuildRequires: readonly string[] = ['setuptools>=40.8.0'];

/** Parses pyproject.toml; undefined when it isn't valid TOML. @throws {ExcessiveMetadata} beyond 1 MiB. */
export function parsePyproject(text: string): Pyproject | undefined {
  checkLength(text.length, '`pyproject.toml`');
  const document = readToml(text);
  if (document === undefined) return undefined;
  const project = table(document.project);
  return {
    buildRequires: strings(table(document['build-system'])?.requires),
    dependencies: project === undefined ? undefined : staticDependencies(project),
    requiresPython: typeof project?.['requires-python'] === 'string' ? project['requires-python'] : undefined,
  };
}

type Table = Readonly<Record<string, unknown>>;

function readToml(text: string): Table | undefined {
  try {
    return parseToml(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

function staticDependencies(project: Table): readonly string[] | undefined {
  const dynamic = strings(project.dynamic) ?? [];
  if (dynamic.includes('dependencies') || dynamic.includes('optional-dependencies')) return undefined;
  const extras = Object.entries(table(project['optional-dependencies']) ?? {});
  return [
    ...(strings(project.dependencies) ?? []),
    ...extras.flatMap(([extra, lines]) => (strings(lines) ?? []).map((line) => underExtra(line, extra))),
  ];
}

function underExtra(line: string, extra: string): string {
  const semicolon = line.indexOf(';');
  if (semicolon < 0) return `${line} ; extra == "${extra}"`;
  return `${line.slice(0, semicolon)} ; (${line.slice(semicolon + 1)}) and extra == "${extra}"`;
}

function table(value: unknown): Table | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Table) : undefined;
}

function strings(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.filter((element): element is string => typeof element === 'string');
}
