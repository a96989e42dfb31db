import * as v from 'valibot';
import { normaliseName } from '../index/names.ts';
import { parseRequirement } from '../index/requirement.ts';
import { parseToml } from '../toml.ts';
import { backendRequirements } from './build-backends.ts';

/** What a project needs, as far as its pyproject.toml says without running anything. */
export type ProjectNeeds = {
  /** PEP 508; empty where the file leaves them to the build. */
  readonly dependencies: readonly string[];
  /** What its build needs: `[build-system] requires` (PEP 518), and what its backend adds. */
  readonly buildRequires: readonly string[];
};

/** What pip takes where a project names no build system. */
const defaultBuildRequires = ['setuptools>=40.8.0'];

const texts = v.fallback(v.array(v.string()), []);
const tables = v.fallback(v.record(v.string(), texts), {});
const projectTable = v.object({
  name: v.fallback(v.optional(v.string()), undefined),
  dependencies: texts,
  'optional-dependencies': tables,
  dynamic: texts,
});
const pyproject = v.object({
  project: v.fallback(v.optional(projectTable), undefined),
  'build-system': v.fallback(
    v.optional(v.object({ requires: texts, 'build-backend': v.fallback(v.optional(v.string()), undefined) })),
    undefined,
  ),
  tool: v.fallback(v.optional(v.unknown()), undefined),
  'dependency-groups': v.fallback(v.optional(v.record(v.string(), v.fallback(v.array(v.unknown()), []))), undefined),
});

/**
 * The needs of a local project, for the extras chosen: `[project]` (PEP 621) where not `dynamic`, extras that name
 * extras of the project itself followed, `[build-system]`. Text that is no TOML needs nothing: pip complains about it.
 */
export function projectNeeds(text: string | undefined, extras: readonly string[], editable = false): ProjectNeeds {
  if (text === undefined) return { dependencies: [], buildRequires: defaultBuildRequires };
  const file = readToml(text);
  if (file === undefined) return { dependencies: [], buildRequires: [] };
  const dependencies = new Set<string>();
  if (file.project !== undefined) collect(file.project, extras, dependencies);
  const system = file['build-system'];
  const requires = system?.requires ?? defaultBuildRequires;
  const added = backendRequirements({ backend: system?.['build-backend'], requires, editable, tool: file.tool });
  return { dependencies: [...dependencies], buildRequires: [...requires, ...added] };
}

const script = v.object({ dependencies: texts });

type ProjectTable = v.InferOutput<typeof projectTable>;

function collect(project: ProjectTable, chosen: readonly string[], found: Set<string>): void {
  const optional = Object.entries(project['optional-dependencies']);
  const self = project.name === undefined ? undefined : normaliseName(project.name);
  const extras = new Set(chosen.map(normaliseName));
  const take = (lines: readonly string[]) => {
    for (const line of lines) {
      const requirement = parseRequirement(line);
      const itself = requirement !== undefined && requirement.name === self && requirement.url === undefined;
      if (itself) for (const extra of requirement.extras) extras.add(normaliseName(extra));
      else found.add(line);
    }
  };
  if (!project.dynamic.includes('dependencies')) take(project.dependencies);
  if (project.dynamic.includes('optional-dependencies')) return;
  // Extras that a line adds come after those there: the set is walked to its growing end.
  for (const extra of extras) for (const [name, lines] of optional) if (normaliseName(name) === extra) take(lines);
}

/** A dependency group (PEP 735) with the groups it includes; undefined where pip refuses it by itself. */
export function groupRequirements(text: string, group: string): string[] | undefined {
  const groups = new Map(
    Object.entries(readToml(text)?.['dependency-groups'] ?? {}).map(([name, items]) => [normaliseName(name), items]),
  );
  const seen = new Set([normaliseName(group)]);
  const found: string[] = [];
  for (const name of seen) {
    const items = groups.get(name);
    if (items === undefined) return undefined;
    for (const item of items) {
      if (typeof item === 'string') found.push(item);
      else seen.add(normaliseName(includedGroup(item) ?? ''));
    }
  }
  return found;
}

function includedGroup(item: unknown): string | undefined {
  const included = v.safeParse(v.object({ 'include-group': v.string() }), item);
  return included.success ? included.output['include-group'] : undefined;
}

/** The dependencies that a script states in itself (PEP 723), of all its blocks; undefined when it has none. */
export function scriptRequirements(text: string): string[] | undefined {
  const blocks = scriptBlocks(text);
  return blocks.length === 0 ? undefined : blocks.flatMap((toml) => readAs(script, toml)?.dependencies ?? []);
}

/**
 * The TOML in the comments of a script (PEP 723), as the expression there finds it: to the last `# ///` of the comment,
 * which may hold others.
 */
export function scriptBlocks(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/);
  const blocks: string[] = [];
  for (let at = lines.indexOf('# /// script'); at >= 0; at = lines.indexOf('# /// script', at)) {
    const after = lines.slice(at + 1);
    const length = after.findIndex((line) => !/^#(?: |$)/.test(line));
    const comment = length < 0 ? after : after.slice(0, length);
    const end = comment.lastIndexOf('# ///');
    if (end > 0) blocks.push(comment.slice(0, end).map(withoutMark).join('\n'));
    at += Math.max(1, comment.length);
  }
  return blocks;
}

function withoutMark(line: string): string {
  return line.replace(/^# ?/, '');
}

function readToml(text: string): v.InferOutput<typeof pyproject> | undefined {
  return readAs(pyproject, text);
}

function readAs<Schema extends v.GenericSchema>(schema: Schema, text: string): v.InferOutput<Schema> | undefined {
  try {
    const result = v.safeParse(schema, parseToml(text));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}
