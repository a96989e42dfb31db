import path from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { type OptionInput, optionNames, readOptions } from './options.ts';
import { defenderStack } from './stack.ts';
import { cdkContext } from './synthesize.ts';

/**
 * Synthesizes the CDK app. `bundles` is the folder with one folder per function. The CDK's CLI sets the account and
 * region in `environment`; the options come from its context.
 */
export function synthesizeApp(bundles: string, environment: Readonly<Record<string, string | undefined>>): void {
  const app = new App({ context: cdkContext, analyticsReporting: false });
  const contextValues = optionNames
    .map((name) => [name, app.node.tryGetContext(name)])
    .filter(([, value]) => value !== undefined);
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = environment;
  const target = { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) };
  const options = readOptions({ ...target, ...Object.fromEntries(contextValues) } as OptionInput);
  defenderStack(app, options, (entry) => Code.fromAsset(path.join(bundles, entry)));
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
}
