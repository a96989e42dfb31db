import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { dynamoClient, s3Client } from '../aws/clients.ts';
import type { Deployment } from '../aws/deployment.ts';
import { serviceError } from '../aws/service-errors.ts';
import { AwspipError } from '../errors.ts';
import { loadPolicy, maxPolicyBytes } from '../firewall/policy-file.ts';
import { policyMemoryKey } from '../vetting/policy-memory.ts';
import { documentClient } from '../vetting/table.ts';
import { skip } from './run-check.ts';

/** Checks that the policy file that the functions have read is still there, and valid. Otherwise they assess nothing. */
export async function checkPolicyFile({ client, table }: Deployment): Promise<string> {
  const { Item } = await documentClient(await dynamoClient(client))
    .send(new GetCommand({ TableName: table, Key: policyMemoryKey }))
    .catch((error: unknown) => {
      throw serviceError(error, `table ${table}`);
    });
  if (Item === undefined) return 'none was ever used; without one, the policy `recommended` applies';
  const file = `s3://${Item.bucket}/${Item.key}`;
  const { GetObjectCommand } = await import('@aws-sdk/client-s3');
  try {
    const object = { Bucket: String(Item.bucket), Key: String(Item.key), Range: `bytes=0-${maxPolicyBytes}` };
    const { Body } = await (await s3Client(client)).send(new GetObjectCommand(object));
    return validPolicy(file, (await Body?.transformToString()) ?? '');
  } catch (error) {
    if (error instanceof AwspipError) throw error;
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    if (status === 403) return skip(`no permission to read ${file}; an install does not need it`);
    if (status === 404) throw missing(file);
    // An empty object has no range.
    if (status === 416) return validPolicy(file, '');
    throw serviceError(error, file);
  }
}

/**
 * Returns the address of a policy file if its text is valid.
 *
 * @throws AwspipError `policy-invalid` (78)
 */
export function validPolicy(file: string, text: string): string {
  try {
    loadPolicy(text);
    return file;
  } catch (cause) {
    if (!(cause instanceof AwspipError)) throw cause;
    const [, ...lines] = cause.message.split('\n').map((line) => line.trim());
    const why = lines.length === 0 ? cause.message : lines.join('; ');
    throw new AwspipError('policy-invalid', `${file} is not valid, so nothing is assessed: ${why}`, {
      ...{ exit: 'configuration', cause },
      hint: 'upload a valid one: `awspip policy check FILE` finds the errors, and the bucket has earlier versions',
    });
  }
}

function missing(file: string): AwspipError {
  return new AwspipError('policy-missing', `${file} is gone, so nothing is assessed`, {
    exit: 'configuration',
    hint: 'upload it again; the output of `awspip policy show recommended --json` is the standard policy',
  });
}
