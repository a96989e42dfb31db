import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const root = path.resolve(import.meta.dirname, '../..');
const textOf = (file: string): string => readFileSync(path.join(root, file), 'utf8');

type Step = { readonly uses?: string; readonly run?: string; readonly with?: Readonly<Record<string, unknown>> };
type Job = {
  readonly 'timeout-minutes'?: number;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[]>> };
  readonly steps: readonly Step[];
};
type Workflow = {
  readonly permissions?: unknown;
  readonly concurrency?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
};

const files = readdirSync(path.join(root, '.github/workflows'));
const workflows = new Map(files.map((file) => [file, parse(textOf(`.github/workflows/${file}`)) as Workflow]));
const { scripts, engines } = JSON.parse(textOf('package.json')) as {
  scripts: Record<string, string>;
  engines: { node: string };
};

const jobsOf = (file: string): readonly [name: string, job: Job][] => Object.entries(workflows.get(file)?.jobs ?? {});
const stepsOf = (file: string): readonly Step[] => jobsOf(file).flatMap(([, { steps }]) => steps);
const commandsOf = (file: string): readonly string[] =>
  stepsOf(file).flatMap(({ run }) => run?.trim().split('\n') ?? []);

/** Commands of a workflow that are no script of the project. */
const otherCommands = [
  /^npm ci$/,
  /^npm publish \.\/release\/awspip-\*\.tgz --provenance --access public --ignore-scripts$/,
  /^gh release create "\$GITHUB_REF_NAME" /,
  /^sudo (?:apt-get|sysctl) /,
];

function isKnown(command: string): boolean {
  const [, script] = /^npm run ([\w:]+)(?: -- .*)?$/.exec(command) ?? [];
  if (script !== undefined) return script in scripts;
  if (command.startsWith('.')) return existsSync(path.join(root, command));
  return otherCommands.some((pattern) => pattern.test(command));
}

test('the project has a workflow for changes and one for releases', () => {
  expect(files.toSorted()).toEqual(['ci.yml', 'release.yml']);
});

describe.each(files)('%s', (file) => {
  test('pins every action by its commit, with the version in a comment', () => {
    const lines = textOf(`.github/workflows/${file}`)
      .split('\n')
      .filter((line) => /^\s*(?:- )?uses:/.test(line));
    expect(lines.length).toBe(stepsOf(file).filter(({ uses }) => uses !== undefined).length);
    expect(lines.filter((line) => !/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  });

  test('reads contents and nothing else, except where a job says so', () => {
    expect(workflows.get(file)?.permissions).toEqual({ contents: 'read' });
  });

  test('limits the time of each job, and runs once per ref', () => {
    expect(jobsOf(file).filter(([, job]) => !((job['timeout-minutes'] ?? 360) <= 60))).toEqual([]);
    expect(workflows.get(file)?.concurrency).toBeDefined();
  });

  test('runs scripts that exist', () => {
    expect(commandsOf(file).filter((command) => !isKnown(command))).toEqual([]);
  });

  // An expression in a command is replaced before the shell reads it, so that its value could be a command.
  test('has no expression in a command', () => {
    expect(commandsOf(file).filter((command) => command.includes('${{'))).toEqual([]);
  });

  test('leaves no token in the checkout', () => {
    const checkouts = stepsOf(file).filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkouts.filter((step) => step.with?.['persist-credentials'] !== false)).toEqual([]);
  });
});

test('all workflows pin the same commit of an action', () => {
  const pins = new Set(files.flatMap((file) => stepsOf(file).flatMap(({ uses }) => uses ?? [])));
  const names = [...pins].map((pin) => pin.split('@')[0]);
  expect(names.toSorted()).toEqual([...new Set(names)].toSorted());
});

describe('ci.yml', () => {
  const { check, portable } = workflows.get('ci.yml')?.jobs ?? {};

  test('runs what .ci/run runs with the oldest supported Node.js', () => {
    expect(check?.steps.at(-1)?.run).toBe('.ci/run');
    const node = check?.steps.find(({ uses }) => uses?.startsWith('actions/setup-node@'));
    expect(`>=${node?.with?.['node-version']}`).toBe(engines.node);
  });

  test('runs the portable tests on the versions of Node.js and systems that CONTRIBUTING.md names', () => {
    const { os = [], node = [] } = portable?.strategy?.matrix ?? {};
    expect(`>=${node[0]}`).toBe(engines.node);
    const named = /Node\.js (\S+), (\d+) and (\d+) on (Linux), (macOS) and (Windows)/.exec(textOf('CONTRIBUTING.md'));
    expect(named?.slice(1, 4)).toEqual(node);
    expect(os).toEqual(['ubuntu-latest', 'macos-latest', 'windows-latest']);
  });

  test('has no job with a right to write', () => {
    expect(jobsOf('ci.yml').filter(([, { permissions }]) => permissions !== undefined)).toEqual([]);
  });
});

describe('release.yml', () => {
  const jobs = workflows.get('release.yml')?.jobs ?? {};

  test('gives the right to publish to a job that runs only npm publish, in the environment `release`', () => {
    expect(jobs.publish).toMatchObject({ environment: 'release', permissions: { 'id-token': 'write' } });
    expect(jobs.publish?.steps.flatMap(({ run }) => run ?? [])).toEqual([
      expect.stringMatching(/^npm publish \S+ --provenance --access public --ignore-scripts$/),
    ]);
    const rights = Object.values(jobs).map(({ permissions }) => permissions);
    expect(rights).toEqual([undefined, { 'id-token': 'write' }, { contents: 'write' }]);
  });

  test('uses no cache, and checks before it packs', () => {
    const nodes = stepsOf('release.yml').filter(({ uses }) => uses?.startsWith('actions/setup-node@'));
    expect(nodes.filter((step) => step.with?.['package-manager-cache'] !== false || 'cache' in step.with)).toEqual([]);
    expect(jobs.build?.steps.flatMap(({ run }) => run ?? [])).toEqual([
      ...['npm ci', 'npm run check', 'npm run release:pack -- --tag "$GITHUB_REF_NAME"'],
    ]);
  });

  // Trusted publishing needs npm 11.5.1, which Node.js 24 brings.
  test('publishes with Node.js 24', () => {
    const node = jobs.publish?.steps.find(({ uses }) => uses?.startsWith('actions/setup-node@'));
    expect(Number(node?.with?.['node-version'])).toBeGreaterThanOrEqual(24);
  });
});

test('dependencies and actions are updated a week after their release', () => {
  const { updates } = parse(textOf('.github/dependabot.yml')) as {
    updates: { 'package-ecosystem': string; cooldown?: { 'default-days': number } }[];
  };
  expect(updates.map((update) => update['package-ecosystem'])).toEqual(['npm', 'github-actions']);
  expect(updates.filter(({ cooldown }) => !((cooldown?.['default-days'] ?? 0) >= 7))).toEqual([]);
});
