import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AwspipError } from '../../../errors.ts';
import { type Policy, policyVersion, recommendedPolicy } from '../../../firewall/policy.ts';
import { loadPolicy } from '../../../firewall/policy-file.ts';
import { environmentValue } from './surroundings.ts';

/** A policy as it was last read; `etag` tells whether the object changed since. */
type Read = { readonly policy: Policy; readonly etag: string | undefined; readonly at: number };

const freshMilliseconds = 60_000;
/** So long a policy that was read once holds while S3 does not answer. */
const staleMilliseconds = 3_600_000;

let last: Read | undefined;
let client: S3Client | undefined;

/**
 * The policy in force: the newest version of the object, looked at once a minute; `recommended` as long as there is
 * none. One that makes no sense stops every judgement: nothing is judged by a policy that nobody wrote.
 *
 * @throws AwspipError `policy-invalid` (configuration), `policy-unreachable` (unavailable)
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

/** The policy's version and the facts that the workflow's tasks need of it. */
export async function policyFacts(): Promise<{ readonly version: string; readonly cooldownSeconds: number }> {
  const policy = await currentPolicy();
  return { version: policyVersion(policy), cooldownSeconds: policy.gates.cooldown.days * 86_400 };
}

async function readObject(before: Read | undefined, at: number): Promise<Read> {
  client ??= new S3Client({});
  try {
    const command = new GetObjectCommand({
      Bucket: environmentValue('POLICY_BUCKET'),
      Key: environmentValue('POLICY_KEY'),
      ...(before?.etag === undefined ? {} : { IfNoneMatch: before.etag }),
    });
    const { Body, ETag } = await client.send(command);
    return { policy: loadPolicy((await Body?.transformToString()) ?? ''), etag: ETag, at };
  } catch (error) {
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    if (status === 304 && before !== undefined) return { ...before, at };
    if (error instanceof Error && error.name === 'NoSuchKey') return { policy: recommendedPolicy, etag: undefined, at };
    throw error;
  }
}

function unreachable(cause: unknown): AwspipError {
  const why = cause instanceof Error ? cause.name : 'error';
  return new AwspipError('policy-unreachable', `the policy file cannot be read (${why})`, {
    exit: 'unavailable',
    cause,
  });
}
