import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { Secret } from '../../../secret.ts';
import { environmentValue } from './environment-value.ts';

const freshMilliseconds = 300_000;
const cache = new Map<string, { readonly secret: Secret | undefined; readonly at: number }>();
let client: SSMClient | undefined;

/**
 * Reads a secret from the parameter that the environment variable `variable` names; undefined when the parameter is
 * empty or missing. The secret is cached for five minutes. No environment variable, state or log contains it.
 */
export async function readSecret(variable: string): Promise<Secret | undefined> {
  const name = environmentValue(variable);
  const cached = cache.get(name);
  if (cached !== undefined && Date.now() - cached.at < freshMilliseconds) return cached.secret;
  const secret = await fetchSecret(name);
  cache.set(name, { secret, at: Date.now() });
  return secret;
}

async function fetchSecret(name: string): Promise<Secret | undefined> {
  client ??= new SSMClient({});
  try {
    const { Parameter } = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
    return Parameter?.Value === undefined || Parameter.Value === '' ? undefined : new Secret(Parameter.Value);
  } catch (error) {
    if (error instanceof Error && error.name === 'ParameterNotFound') return undefined;
    throw error;
  }
}
