import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { dynamoClient, s3Client } from '../aws/clients.ts';
import type { Deployment } from '../aws/deployment.ts';
import { serviceError } from '../aws/service-errors.ts';
import { AwspipError } from '../errors.ts';
import { policyMemoryKey } from '../vetting/policy-memory.ts';
import { documentClient } from '../vetting/table.ts';
import { skip } from './run-check.ts';

/** Checks that the policy file that the functions have read is still there. Without it they assess nothing. */
export async function checkPolicyFile({ client, table }: Deployment): Promise<string> {
  const { Item } = await documentClient(await dynamoClient(client))
    .send(new GetCommand({ TableName: table, Key: policyMemoryKey }))
    .catch((error: unknown) => {
      throw serviceError(error, `table ${table}`);
    });
  if (Item === undefined) return 'none was ever used: the policy `recommended` applies';
  const file = `s3://${Item.bucket}/${Item.key}`;
  const { HeadObjectCommand } = await import('@aws-sdk/client-s3');
  try {
    await (await s3Client(client)).send(new HeadObjectCommand({ Bucket: String(Item.bucket), Key: String(Item.key) }));
    return file;
  } catch (error) {
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    if (status === 403) return skip(`no permission to read ${file}; an install does not need it`);
    if (status === 404) throw missing(file);
    throw serviceError(error, file);
  }
}

function missing(file: string): AwspipError {
  return new AwspipError('policy-missing', `${file} is gone, so nothing is assessed`, {
    exit: 'configuration',
    hint: 'upload it again; the output of `awspip policy show recommended --json` is the standard policy',
  });
}
