import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { type OptionInput, readOptions } from './options.ts';
import { defenderStack } from './stack.ts';

/** A CloudFormation template. */
export type Template = {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
};
export type Resource = {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: each resource type has its own schema
  readonly Properties: Readonly<Record<string, any>>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
};

/** Recommended feature flags of the CDK that differ from its defaults. */
export const cdkContext = {
  '@aws-cdk/core:checkSecretUsage': true,
  '@aws-cdk/core:target-partitions': ['aws'],
  '@aws-cdk/aws-iam:minimizePolicies': false,
  '@aws-cdk/aws-s3:createDefaultLoggingPolicy': true,
};

/** Returns an app with the stack, whose functions have no code. */
export function openStack(input: OptionInput = {}, outdir?: string): { readonly app: App; readonly stack: Stack } {
  const app = new App({
    context: cdkContext,
    analyticsReporting: false,
    treeMetadata: false,
    ...(outdir === undefined ? {} : { outdir }),
  });
  const code = () => Code.fromInline('exports.handler = async () => { throw new Error("no bundle") };');
  return { app, stack: defenderStack(app, readOptions(input), code) };
}

/** Returns the stack's template, offline and without bundling the functions. */
export function synthesize(input: OptionInput = {}): Template {
  const outdir = mkdtempSync(path.join(os.tmpdir(), 'awspip-synth-'));
  try {
    const { app, stack } = openStack(input, outdir);
    return app.synth({ skipValidation: true }).getStackByName(stack.stackName).template as Template;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
