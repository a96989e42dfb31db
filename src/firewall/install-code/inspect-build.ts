import type { FileTree } from '../archives/file-tree.ts';
import { argumentUses } from '../python/commands.ts';
import { decodeSource } from '../python/decode-source.ts';
import { parsePython } from '../python/parse-python.ts';
import type { Expression, Statement } from '../python/syntax.ts';
import { buildPlan } from './build-plan.ts';
import type { CodeFinding } from './code-finding.ts';
import { buildFindings, codeFinding, isStartupPath } from './code-findings.ts';
import { pythonHost } from './python-host.ts';
import { analyseCode } from './run-code.ts';

/** Returns the findings in what runs when pip builds an sdist. */
export async function inspectBuild(
  tree: FileTree,
): Promise<{ findings: readonly CodeFinding[]; unreadable?: string | undefined }> {
  const text = (path: string): string | undefined => {
    const content = tree.content(path);
    return content === undefined ? undefined : content.toString('utf8');
  };
  const plan = buildPlan(tree, text);
  const finder = pythonHost(tree, plan.searchPaths);
  const start = plan.modules.flatMap(({ name, attribute, paths }) => {
    const found = paths
      .map((folder) => pythonHost(tree, [folder]).findModule(name, ''))
      .find((module) => module !== undefined);
    const module = found ?? (name.includes('.') ? finder.findModule(name, '') : undefined);
    if (module === undefined) return [];
    // Python imports the packages of a module first.
    const parents = name
      .split('.')
      .slice(0, -1)
      .flatMap((_, index, parts) => {
        const parent = paths
          .map((folder) => pythonHost(tree, [folder]).findModule(parts.slice(0, index + 1).join('.'), ''))
          .find((item) => item !== undefined);
        return parent?.kind === 'source' ? [parent.path] : [];
      });
    return [{ module, attribute, name, parents }];
  });
  const natives = start.flatMap(({ module, name }) =>
    module.kind === 'native' ? [codeFinding('hidden', module.path, 0, `import ${name}`)] : [],
  );
  const missing =
    plan.missingBackend === undefined
      ? []
      : [codeFinding('hidden', 'pyproject.toml', 0, `a missing in-tree build backend, ${plan.missingBackend}`)];
  const commands = plan.commands.flatMap(({ path, line, words }) =>
    argumentUses(words).flatMap((use) =>
      use.kind === 'program' ? [codeFinding('program', path, line, use.command)] : [],
    ),
  );
  const mode = { followsEscapes: true, reportsImports: true, isNotable: isStartupPath };
  const result = await analyseCode(tree, plan.searchPaths, mode, (interpreter) => {
    for (const script of plan.scripts) {
      interpreter.addFile(script, true);
      // Backends call the functions and classes of their hooks.
      if (script !== 'setup.py') interpreter.addCalls(script, () => true);
    }
    for (const { module, attribute, parents } of start) {
      if (module.kind !== 'source' || isStatic(tree, module.path, attribute)) continue;
      for (const parent of parents) interpreter.addFile(parent, false);
      interpreter.addFile(module.path, false);
      interpreter.addCalls(module.path, (name) =>
        attribute === undefined || !attribute.startsWith('=')
          ? attribute === undefined || attribute.split('.')[0] === name
          : false,
      );
    }
  });
  const generated =
    plan.generators.length === 0
      ? undefined
      : await analyseCode(tree, plan.searchPaths, mode, (interpreter) => {
          for (const script of plan.generators) interpreter.addFile(script, true);
        });
  // Generators of code commonly execute templates, so that only decoded code counts as hidden there.
  const generatorEvents = (generated?.events ?? []).filter(
    ({ kind, detail }) => kind !== 'hidden' || detail === 'decoded' || detail === 'text',
  );
  const problems = [...result.problems].map(([path, why]) => codeFinding('hidden', path, 0, why));
  const more = moreThanSetup(tree);
  return {
    findings: [
      ...missing,
      ...natives,
      ...commands,
      ...buildFindings(result.events),
      ...buildFindings(generatorEvents),
      ...problems,
      ...more,
    ],
    unreadable: result.incomplete ?? generated?.incomplete,
  };
}

/** Checks whether a module assigns a literal to a name, so that setuptools and flit read it without an import. */
function isStatic(tree: FileTree, path: string, attribute: string | undefined): boolean {
  if (attribute?.startsWith('=') !== true) return false;
  const content = tree.content(path);
  const source = content === undefined ? undefined : decodeSource(content);
  if (source?.kind !== 'text') return false;
  try {
    const { body } = parsePython(source.text);
    const assignment = body.find(
      (statement): statement is Extract<Statement, { type: 'assign' }> =>
        statement.type === 'assign' &&
        statement.targets.some((target) => target.type === 'name' && target.name === attribute.slice(1)),
    );
    return assignment !== undefined && isLiteral(assignment.value);
  } catch {
    return false;
  }
}

function isLiteral(expression: Expression): boolean {
  if (expression.type === 'sequence')
    return expression.items.every(({ value, isSpread }) => !isSpread && isLiteral(value));
  return expression.type === 'string' || expression.type === 'number';
}

function moreThanSetup(tree: FileTree): readonly CodeFinding[] {
  const content = tree.content('setup.py')?.toString('utf8') ?? '';
  const word = /^[^#\n]*\b(def|class|cmdclass|exec|eval|lambda)\b/m.exec(content);
  return word === null ? [] : [codeFinding('more-than-setup', 'setup.py', 0, word[1] ?? '')];
}
