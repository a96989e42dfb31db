import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { type GivenOptions, readOptions } from './options.ts';
import { defenderStack } from './stack.ts';

/** A template as CloudFormation reads it. */
export type Template = {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
};
export type Resource = {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is whatever each resource's schema says
  readonly Properties: Readonly<Record<string, any>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
};

/** Recommended ways of the CDK that differ from its defaults of old. */
export const cdkContext = {
  '@aws-cdk/core:checkSecretUsage': true,
  '@aws-cdk/core:target-partitions': ['aws'],
  '@aws-cdk/aws-iam:minimizePolicies': false,
  '@aws-cdk/aws-s3:createDefaultLoggingPolicy': true,
};

/** An app with the stack in it, its functions without their code: for whoever wants to look at it. */
export function openStack(given: GivenOptions = {}, outdir?: string): { readonly app: App; readonly stack: Stack } {
  const app = new App({
    context: cdkContext,
    analyticsReporting: false,
    treeMetadata: false,
    ...(outdir === undefined ? {} : { outdir }),
  });
  const code = () => Code.fromInline('exports.handler = async () => { throw new Error("no bundle") };');
  return { app, stack: defenderStack(app, readOptions(given), code) };
}

/** The stack's template, offline and without bundling the functions: what the tests look at. */
export function synthesize(given: GivenOptions = {}): Template {
  const outdir = mkdtempSync(path.join(os.tmpdir(), 'awspip-synth-'));
  try {
    const { app, stack } = openStack(given, outdir);
    return app.synth({ skipValidation: true }).getStackByName(stack.stackName).template as Template;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
