// Gets a CodeArtifact token like awspip and prints the result as JSON. Tests bundle it and run it in a separate process
// with its own environment and flags of the form `key=value`.
import { GetAuthorizationTokenCommand } from '@aws-sdk/client-codeartifact';
import { codeArtifactClient } from '../../../src/aws/clients.ts';
import { awsDeployment } from '../../../src/aws/deployment.ts';
import { withAwsErrors } from '../../../src/codeartifact/errors.ts';
import { AwspipError } from '../../../src/errors.ts';
import { resolveSettings } from '../../../src/settings/resolve.ts';

const flags = process.argv.slice(2);
const flag = Object.fromEntries(flags.map((text) => text.split('=', 2) as [string, string]));
const { values } = resolveSettings({ flag, environment: process.env });
try {
  const resource = awsDeployment({ ...values, domain: 'main' }, process.env);
  const client = await codeArtifactClient(resource.client);
  const doing = { action: 'GetAuthorizationToken', domain: 'main' };
  const command = new GetAuthorizationTokenCommand({ domain: 'main' });
  const { authorizationToken: answer } = await withAwsErrors(doing, () => client.send(command));
  console.log(JSON.stringify({ answer }));
} catch (error) {
  const { code, exit, hint } = error instanceof AwspipError ? error : { code: 'bug', exit: 'bug', hint: undefined };
  const message = error instanceof Error ? error.message : String(error);
  console.log(JSON.stringify({ error: { code, exit, message, hint } }));
}
process.exit();
