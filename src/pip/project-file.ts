import * as v from 'valibot';
import { normaliseName } from '../index/names.ts';
import { parseRequirement } from '../index/requirement.ts';
import { parseToml } from '../toml.ts';
import { backendRequirements } from './build-backends.ts';

/** The static requirements of a project, from its pyproject.toml. */
export type ProjectRequirements = {
  /** PEP 508 requirements. Empty if the file leaves them to the build. */
  readonly dependencies: readonly string[];
  /** Build requirements: `[build-system] requires` (PEP 518), and what the backend adds. */
  readonly buildRequires: readonly string[];
};

/** pip's default for a project without a build system. */
const defaultBuildRequires = ['setuptools>=40.8.0'];

const stringList = v.fallback(v.array(v.string()), []);
const stringListTable = v.fallback(v.record(v.string(), stringList), {});
const projectTable = v.object({
  name: v.fallback(v.optional(v.string()), undefined),
  dependencies: stringList,
  'optional-dependencies': stringListTable,
  dynamic: stringList,
});
const pyproject = v.object({
  project: v.fallback(v.optional(projectTable), undefined),
  'build-system': v.fallback(
    v.optional(v.object({ requires: stringList, 'build-backend': v.fallback(v.optional(v.string()), undefined) })),
    undefined,
  ),
  tool: v.fallback(v.optional(v.unknown()), undefined),
  'dependency-groups': v.fallback(v.optional(v.record(v.string(), v.fallback(v.array(v.unknown()), []))), undefined),
});

/**
 * Returns the requirements of a local project for the selected extras. Reads `[project]` (PEP 621) unless `dynamic`,
 * and `[build-system]`. Follows extras that refer to other extras of the project. Invalid TOML has no requirements,
 * because pip rejects it.
 */
export function projectRequirements(
  text: string | undefined,
  extras: readonly string[],
  editable = false,
): ProjectRequirements {
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

const script = v.object({ dependencies: stringList });

type ProjectTable = v.InferOutput<typeof projectTable>;

function collect(project: ProjectTable, selectedExtras: readonly string[], dependencies: Set<string>): void {
  const optional = Object.entries(project['optional-dependencies']);
  const ownName = project.name === undefined ? undefined : normaliseName(project.name);
  const extras = new Set(selectedExtras.map(normaliseName));
  const addLines = (lines: readonly string[]) => {
    for (const line of lines) {
      const requirement = parseRequirement(line);
      const refersToItself = requirement !== undefined && requirement.name === ownName && requirement.url === undefined;
      if (refersToItself) for (const extra of requirement.extras) extras.add(normaliseName(extra));
      else dependencies.add(line);
    }
  };
  if (!project.dynamic.includes('dependencies')) addLines(project.dependencies);
  if (project.dynamic.includes('optional-dependencies')) return;
  // The loop also visits extras that are added during the iteration.
  for (const extra of extras) for (const [name, lines] of optional) if (normaliseName(name) === extra) addLines(lines);
}

/** Returns a dependency group (PEP 735) with its included groups; undefined if pip rejects it. */
export function groupRequirements(text: string, group: string): string[] | undefined {
  const groups = new Map(
    Object.entries(readToml(text)?.['dependency-groups'] ?? {}).map(([name, items]) => [normaliseName(name), items]),
  );
  const groupNames = new Set([normaliseName(group)]);
  const requirements: string[] = [];
  for (const name of groupNames) {
    const items = groups.get(name);
    if (items === undefined) return undefined;
    for (const item of items) {
      if (typeof item === 'string') requirements.push(item);
      else groupNames.add(normaliseName(includedGroup(item) ?? ''));
    }
  }
  return requirements;
}

function includedGroup(item: unknown): string | undefined {
  const included = v.safeParse(v.object({ 'include-group': v.string() }), item);
  return included.success ? included.output['include-group'] : undefined;
}

/** Returns the inline dependencies of a script (PEP 723), from all blocks; undefined if it has none. */
export function scriptRequirements(text: string): string[] | undefined {
  const blocks = scriptBlocks(text);
  return blocks.length === 0 ? undefined : blocks.flatMap((toml) => readAs(script, toml)?.dependencies ?? []);
}

/**
 * Returns the TOML in the comments of a script (PEP 723). As in its reference expression, a block ends at the last `#
 * ///` of the comment, which may contain others.
 */
export function scriptBlocks(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/);
  const blocks: string[] = [];
  for (let start = lines.indexOf('# /// script'); start >= 0; start = lines.indexOf('# /// script', start)) {
    const after = lines.slice(start + 1);
    const length = after.findIndex((line) => !/^#(?: |$)/.test(line));
    const comment = length < 0 ? after : after.slice(0, length);
    const end = comment.lastIndexOf('# ///');
    if (end > 0) blocks.push(comment.slice(0, end).map(withoutCommentMark).join('\n'));
    start += Math.max(1, comment.length);
  }
  return blocks;
}

function withoutCommentMark(line: string): string {
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
