import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { bundleFunctions } from '../../../src/infra/bundle.ts';
import { type OptionInput, readOptions } from '../../../src/infra/options.ts';
import { defenderStack } from '../../../src/infra/stack.ts';
import { cdkContext, type Resource, type Template } from '../../../src/infra/synthesize.ts';

/** A synthesized stack: its template and the folders that the template refers to as assets. */
export type SynthesizedStack = {
  readonly template: Template;
  /** The asset's key in the bootstrap bucket, and its files by name. */
  readonly assets: readonly { readonly key: string; readonly files: Readonly<Record<string, Buffer>> }[];
};

type AssetManifest = {
  readonly files: Readonly<Record<string, { readonly source: { readonly path: string; readonly packaging: string } }>>;
};

/** Bundles the functions into `folder` once, and returns a function that synthesizes the CDK app with given options. */
export async function openApp(folder: string): Promise<(input: OptionInput) => Promise<SynthesizedStack>> {
  await bundleFunctions(folder, path.resolve(import.meta.dirname, '../../../src/infra/functions'));
  const code = (entry: string) => Code.fromAsset(path.join(folder, entry));
  return async (input) => {
    const outdir = await mkdtemp(path.join(os.tmpdir(), 'awspip-synth-'));
    try {
      const app = new App({ context: cdkContext, analyticsReporting: false, treeMetadata: false, outdir });
      const { stackName } = defenderStack(app, readOptions(input), code);
      const template = app.synth({ skipValidation: true }).getStackByName(stackName).template as Template;
      return { template, assets: await assetsOf(outdir, stackName) };
    } finally {
      await rm(outdir, { recursive: true, force: true });
    }
  };
}

async function assetsOf(outdir: string, stackName: string): Promise<SynthesizedStack['assets']> {
  const manifest = JSON.parse(await readFile(path.join(outdir, `${stackName}.assets.json`), 'utf8')) as AssetManifest;
  const zips = Object.entries(manifest.files).filter(([, { source }]) => source.packaging === 'zip');
  return Promise.all(
    zips.map(async ([hash, { source }]) => ({
      key: `${hash}.zip`,
      files: await filesOf(path.join(outdir, source.path)),
    })),
  );
}

async function filesOf(folder: string): Promise<Readonly<Record<string, Buffer>>> {
  const names = await readdir(folder);
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(path.join(folder, name))] as const)),
  );
}

/** The resource types that ministack 1.5 does not have. */
const unsupported = /^AWS::(CodeArtifact|CloudTrail)::/;

/**
 * Returns the template without the resources that the emulator lacks. `variablesOf` returns variables to add to a
 * function, by its name in the account.
 */
export function emulatedTemplate(
  { Resources, Outputs }: Template,
  variablesOf: (functionName: string) => Readonly<Record<string, string>>,
): object {
  const omitted = Object.keys(Resources).filter((name) => unsupported.test(Resources[name]?.Type ?? ''));
  const kept = Object.entries(Resources)
    .filter(([name]) => !omitted.includes(name))
    .map(([name, resource]) => [name, withVariables(withoutDependencies(resource, omitted), variablesOf)]);
  // The parameter and the rules are CloudFormation's own checks: the bootstrap version and the region.
  return { Resources: Object.fromEntries(kept), Outputs };
}

type Depending = Resource & { readonly DependsOn?: string | readonly string[] };

function withoutDependencies({ DependsOn = [], ...resource }: Depending, omitted: readonly string[]): Resource {
  const remaining = [DependsOn].flat().filter((name) => !omitted.includes(name));
  return { ...resource, ...(remaining.length > 0 && { DependsOn: remaining }) };
}

function withVariables(resource: Resource, variablesOf: (name: string) => Readonly<Record<string, string>>): Resource {
  if (resource.Type !== 'AWS::Lambda::Function') return resource;
  const { Environment = { Variables: {} }, FunctionName } = resource.Properties;
  const Variables = { ...Environment.Variables, ...variablesOf(String(FunctionName)) };
  return { ...resource, Properties: { ...resource.Properties, Environment: { Variables } } };
}
