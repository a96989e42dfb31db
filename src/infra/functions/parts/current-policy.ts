import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AwspipError } from '../../../errors.ts';
import { ageLimits } from '../../../firewall/age-limits.ts';
import { findEntry } from '../../../firewall/lists.ts';
import { type Policy, policyVersion, recommendedPolicy } from '../../../firewall/policy.ts';
import { loadPolicy } from '../../../firewall/policy-file.ts';
import type { PolicyFacts } from '../../../workflow/ports.ts';
import { environmentValue } from './environment-value.ts';

/** The last policy read. `etag` shows whether the object has changed since. */
type CachedPolicy = { readonly policy: Policy; readonly etag: string | undefined; readonly at: number };

const freshMilliseconds = 60_000;
/** How long the last policy read applies while S3 doesn't answer. */
const staleMilliseconds = 3_600_000;

let last: CachedPolicy | undefined;
let client: S3Client | undefined;

/**
 * Returns the newest policy file, checked for changes once a minute, or the `recommended` policy if there is none. An
 * invalid policy file stops every assessment.
 *
 * @throws AwspipError `policy-invalid` (`configuration`), `policy-unreachable` (`unavailable`)
 */
export async function currentPolicy(now = Date.now()): Promise<Policy> {
  if (last !== undefined && now - last.at < freshMilliseconds) return last.policy;
  try {
    last = await readObject(last, now);
  } catch (error) {
    if (error instanceof AwspipError) throw error;
    if (last === undefined || now - last.at > staleMilliseconds) throw unreachable(error);
  }
  return last.policy;
}

/** Returns the policy's version and the values that the workflow's tasks need. */
export async function policyFacts(): Promise<PolicyFacts> {
  const policy = await currentPolicy();
  return {
    version: policyVersion(policy),
    withheldFiles: policy.withheldFiles,
    ...ageLimits(policy, Date.now),
    allows: (release) => findEntry(policy.allow, release, Date.now()) !== undefined,
  };
}

async function readObject(cached: CachedPolicy | undefined, at: number): Promise<CachedPolicy> {
  client ??= new S3Client({});
  try {
    const command = new GetObjectCommand({
      Bucket: environmentValue('POLICY_BUCKET'),
      Key: environmentValue('POLICY_KEY'),
      ...(cached?.etag === undefined ? {} : { IfNoneMatch: cached.etag }),
    });
    const { Body, ETag } = await client.send(command);
    return { policy: loadPolicy((await Body?.transformToString()) ?? ''), etag: ETag, at };
  } catch (error) {
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    if (status === 304 && cached !== undefined) return { ...cached, at };
    if (error instanceof Error && error.name === 'NoSuchKey') return { policy: recommendedPolicy, etag: undefined, at };
    throw error;
  }
}

function unreachable(cause: unknown): AwspipError {
  const reason = cause instanceof Error ? cause.name : 'error';
  return new AwspipError('policy-unreachable', `the policy file cannot be read (${reason})`, {
    exit: 'unavailable',
    hint: 'check the policy bucket, and the permission of this function to read it',
    cause,
  });
}
