import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { Secret } from '../../../secret.ts';
import { environmentValue } from './surroundings.ts';

const lifetime = 300_000;
const read = new Map<string, { readonly secret: Secret | undefined; readonly at: number }>();
let client: SSMClient | undefined;

/**
 * A secret from the parameter that `variable` names, read anew after five minutes; undefined when nobody put one there.
 * It is in no environment, state or log.
 */
export async function secretOf(variable: string): Promise<Secret | undefined> {
  const name = environmentValue(variable);
  const known = read.get(name);
  if (known !== undefined && Date.now() - known.at < lifetime) return known.secret;
  const secret = await fetchSecret(name);
  read.set(name, { secret, at: Date.now() });
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
