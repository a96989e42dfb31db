import { type ChildProcess, fork } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { bundleFunctions } from '../../../src/infra/bundle.ts';
import { entryOf, type FunctionName } from '../../../src/infra/function-names.ts';

const runner = path.resolve(import.meta.dirname, 'function-runner.mjs');

/** The result or the error of an invocation, as Lambda returns it. */
export type InvocationResult =
  | { readonly result: unknown; readonly error?: never }
  | { readonly error: { readonly errorType: string; readonly errorMessage: string }; readonly result?: never };

/** The deployed bundles of the functions, each in its own process under Node 22. */
export type Functions = {
  invoke(name: FunctionName, event: unknown): Promise<InvocationResult>;
  /** Returns the output of all functions, which must not contain secrets. */
  log(): string;
  close(): void;
};

/** Returns the functions' Node version from npm, cached between runs, or why it is unavailable. */
export async function node22(): Promise<{ readonly node: string } | { readonly why: string }> {
  const folder = path.join(os.tmpdir(), 'awspip-test-node22');
  const node = path.join(folder, 'node_modules/node/bin/node');
  const found = await execa(node, ['--version'], { reject: false });
  if (found.stdout?.startsWith('v22.')) return { node };
  await mkdir(folder, { recursive: true });
  const argv = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, 'node@22'];
  const installed = await execa('npm', argv, { reject: false, timeout: 240_000 });
  return installed.exitCode === 0 ? { node } : { why: 'Node 22 could not be installed: no registry can be reached' };
}

/** Builds every bundle once for a test file. */
export async function buildFunctions(): Promise<{ readonly folder: string; readonly remove: () => Promise<void> }> {
  const folder = path.resolve(
    import.meta.dirname,
    `../../../node_modules/.cache/awspip-tests/functions-${process.pid}`,
  );
  await bundleFunctions(folder);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Starts a function's process at its first invocation, with only `environmentOf(name)` as environment. */
export function openFunctions(
  { folder, node, ingest }: { readonly folder: string; readonly node: string; readonly ingest?: 'ssm' },
  environmentOf: (name: FunctionName) => Readonly<Record<string, string>>,
): Functions {
  const started = new Map<FunctionName, Promise<RunningFunction>>();
  const output: string[] = [];
  return {
    async invoke(name, event) {
      const running =
        started.get(name) ?? start({ folder, node, entry: entryOf(name, ingest) }, name, environmentOf(name), output);
      started.set(name, running);
      return (await running).invoke(event);
    },
    log: () => output.join(''),
    close() {
      for (const running of started.values()) void running.then(({ child }) => child.kill()).catch(() => {});
    },
  };
}

type RunningFunction = { readonly child: ChildProcess; invoke(event: unknown): Promise<InvocationResult> };

async function start(
  { folder, node, entry }: { readonly folder: string; readonly node: string; readonly entry: string },
  name: FunctionName,
  environment: Readonly<Record<string, string>>,
  output: string[],
): Promise<RunningFunction> {
  const bundle = pathToFileURL(path.join(folder, entry, 'index.mjs')).href;
  const env = { ...environment, AWS_LAMBDA_FUNCTION_NAME: name };
  const child = fork(runner, [bundle], { execPath: node, execArgv: [], env, silent: true });
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  const waiting = new Map<number, (answer: InvocationResult) => void>();
  const loaded = new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}: ${output.join('').slice(-2000)}`)));
    child.on('message', (message: { loaded?: true; id?: number; answer?: InvocationResult }) => {
      if (message.loaded) resolve();
      if (message.id !== undefined && message.answer) waiting.get(message.id)?.(message.answer);
    });
  });
  await loaded;
  let lastId = 0;
  return {
    child,
    invoke: (event) =>
      new Promise((resolve) => {
        lastId += 1;
        waiting.set(lastId, resolve);
        child.send({ id: lastId, event: event ?? null });
      }),
  };
}
