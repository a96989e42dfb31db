import * as v from 'valibot';
import { parse } from 'yaml';
import { parseRequirement } from '../index/requirement.ts';

/** What a `.pre-commit-config.yaml` names (https://pre-commit.com/#plugins). */
export type PreCommitConfiguration = {
  /** The locations of hook repositories, which pre-commit clones with git. */
  readonly repositories: readonly string[];
  /** The requirements of local hooks in Python (PEP 508). Those of other repositories may be of any language. */
  readonly requirements: readonly string[];
};

const empty: PreCommitConfiguration = { repositories: [], requirements: [] };
const maxLength = 1024 * 1024;
const texts = v.fallback(v.array(v.fallback(v.string(), '')), []);
const hookSchema = v.fallback(v.object({ language: v.fallback(v.string(), ''), additional_dependencies: texts }), {
  language: '',
  additional_dependencies: [],
});
const repositorySchema = v.fallback(v.object({ repo: v.string(), hooks: v.fallback(v.array(hookSchema), []) }), {
  repo: '',
  hooks: [],
});
const configurationSchema = v.object({ repos: v.array(repositorySchema) });

/** What pip needs to build the package without code that pre-commit writes for local hooks (PEP 517, `setup.py`). */
const placeholderRequirements = ['setuptools>=40.8.0'];

/** Reads the configuration of pre-commit. A file that cannot be parsed names nothing; pre-commit reports it. */
export function parsePreCommitConfiguration(text: string): PreCommitConfiguration & {
  readonly buildRequirements: readonly string[];
} {
  const parsed = v.safeParse(configurationSchema, yamlOf(text));
  if (!parsed.success) return { ...empty, buildRequirements: [] };
  const { repos } = parsed.output;
  const hooks = repos.filter(({ repo }) => repo === 'local').flatMap((repository) => repository.hooks);
  const inPython = hooks.filter(({ language }) => language === 'python');
  return {
    repositories: [...new Set(repos.map(({ repo }) => repo))].filter((repo) => !['', 'local', 'meta'].includes(repo)),
    requirements: inPython.flatMap((hook) => hook.additional_dependencies.filter(isFromIndex)),
    buildRequirements: inPython.length > 0 ? placeholderRequirements : [],
  };
}

function isFromIndex(text: string): boolean {
  const requirement = parseRequirement(text);
  return requirement !== undefined && requirement.url === undefined;
}

function yamlOf(text: string): unknown {
  if (text.length > maxLength) return undefined;
  try {
    return parse(text, { maxAliasCount: 100, logLevel: 'silent' });
  } catch {
    return undefined;
  }
}
