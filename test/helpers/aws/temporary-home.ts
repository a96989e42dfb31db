import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { startProcess } from '../awspip.ts';

const root = path.resolve(import.meta.dirname, '../../..');

/** Bundles the probe and returns its file. */
export async function buildProbe(): Promise<string> {
  const outfile = path.join(root, `node_modules/.cache/awspip-tests/aws-probe-${process.pid}.mjs`);
  await build({
    entryPoints: [path.join(import.meta.dirname, 'probe.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    mainFields: ['module', 'main'],
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  return outfile;
}

/** What the probe printed. */
export type ProbeResult = {
  readonly answer?: string;
  readonly error?: { readonly code: string; readonly exit: string; readonly message: string; readonly hint?: string };
  readonly stderr: string;
};

/** A temporary home folder with AWS's shared files, isolated from the real one. */
export type Home = {
  readonly folder: string;
  write(file: string, text: string): Promise<void>;
  /** Runs the probe, which gets a token. `flags` are `key=value`. */
  run(environment: Record<string, string>, ...flags: string[]): Promise<ProbeResult>;
  environment(extra: Record<string, string>): Record<string, string>;
  remove(): Promise<void>;
};

/** Creates a temporary home folder for runs of the probe. */
export async function temporaryHome(probe: string): Promise<Home> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'awspip-aws-home-'));
  const environment: Home['environment'] = (extra) => ({
    HOME: folder,
    PATH: process.env.PATH ?? '',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    ...extra,
  });
  return {
    folder,
    environment,
    async write(file, text) {
      const target = path.join(folder, file);
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, text);
    },
    async run(extra, ...flags) {
      const running = startProcess(process.execPath, [probe, ...flags], environment(extra), folder);
      const { stdout, stderr } = await running.ended;
      return { ...(JSON.parse(stdout) as Omit<ProbeResult, 'stderr'>), stderr };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
