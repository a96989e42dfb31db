import { hasNoUrl } from './parse-project.ts';
import { asTable, strings, tableAt, toml } from './toml-tables.ts';

type HatchFiles = { readonly pyproject?: string | undefined; readonly hatch?: string | undefined };

/** What environments of hatch install. */
export type HatchEnvironments = {
  readonly requirements: readonly string[];
  /** Whether one of them installs the project. */
  readonly installsProject: boolean;
};

const maxItems = 10_000;

/**
 * Reads environments of hatch (https://hatch.pypa.io/latest/config/environment/overview/) from `hatch.toml` or
 * `[tool.hatch]`, with what they inherit from others.
 */
export function parseHatchEnvironments({ pyproject, hatch }: HatchFiles, names: readonly string[]): HatchEnvironments {
  const tables = environmentTables({ pyproject, hatch });
  const chains = names.map((name) => chainOf(name, tables).map((each) => asTable(tables[each])));
  const requirements = chains
    .flat()
    .flatMap((table) => [table.dependencies, table['extra-dependencies']].flatMap(strings));
  return {
    requirements: [...new Set(requirements)].filter(hasNoUrl).slice(0, maxItems),
    installsProject: chains.some((chain) => {
      const skips = chain.map((table) => table['skip-install']).find((value) => value !== undefined);
      return skips !== true && chain[0]?.detached !== true;
    }),
  };
}

/** Returns the names of all environments that the files define. */
export function hatchEnvironmentNames(files: HatchFiles): readonly string[] {
  return Object.keys(environmentTables(files)).slice(0, maxItems);
}

function environmentTables({ pyproject, hatch }: HatchFiles): Readonly<Record<string, unknown>> {
  return { ...tableAt(toml(pyproject), 'tool', 'hatch', 'envs'), ...tableAt(toml(hatch), 'envs') };
}

/** Returns an environment and those that it inherits from, each once. `default` is the last, unless it is detached. */
function chainOf(name: string, tables: Readonly<Record<string, unknown>>): string[] {
  const chain: string[] = [];
  for (let next: unknown = name; typeof next === 'string' && !chain.includes(next); ) {
    chain.push(next);
    const { template = 'default', detached } = tableAt(tables, next);
    next = detached === true ? undefined : template;
  }
  return chain;
}
