import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AwspipError } from '../../../errors.ts';
import { openModes } from '../../../firewall/observe.ts';
import { type Policy, policyVersion, recommendedPolicy } from '../../../firewall/policy.ts';
import { loadPolicy } from '../../../firewall/policy-file.ts';
import type { AuditActor } from '../../../vetting/audit.ts';
import { policyFacts } from '../../../workflow/policy-facts.ts';
import type { PolicyFacts } from '../../../workflow/ports.ts';
import { effectiveIndexes } from '../../deployed-indexes.ts';
import { deployedIndexes } from './deployed-indexes.ts';
import { environmentValue } from './environment-value.ts';
import { type PolicyLocation, rememberedPolicy, rememberPolicy } from './policy-memory.ts';
import { recordTable, store } from './record-table.ts';

/** The last policy read. `etag` shows whether the object has changed since; without a file it is undefined. */
type CachedPolicy = { readonly policy: Policy; readonly etag: string | undefined; readonly at: number };

const freshMilliseconds = 60_000;
/** How long the last policy read applies while S3 doesn't answer. */
const staleMilliseconds = 3_600_000;

let last: CachedPolicy | undefined;
const modes = openModes();
/** `last` in the mode that was set for the deployment. */
let inForce: Policy | undefined;
/** While the table has never answered, the policy is enforced, also if its file says `observe`. */
let mode: Parameters<typeof modes>[1] = { mode: 'enforce' };
/** What the table says about the policy file, read once while the file is read. */
let memory: Promise<PolicyLocation | undefined> | undefined;
let client: S3Client | undefined;

/**
 * Returns the newest policy file in the mode that was set for the deployment, checked for changes once a minute, or the
 * `recommended` policy if there never was a file. An invalid or deleted policy file stops every assessment.
 *
 * @throws AwspipError `policy-invalid` or `policy-missing` (`configuration`), `policy-unreachable` (`unavailable`)
 */
export async function currentPolicy(now = Date.now()): Promise<Policy> {
  if (last !== undefined && inForce !== undefined && now - last.at < freshMilliseconds) return inForce;
  try {
    const [read] = await Promise.all([readPolicy(last, now), readMode()]);
    last = read;
    inForce = modes(read.policy, mode, now);
  } catch (error) {
    if (error instanceof AwspipError) throw error;
    if (inForce === undefined || last === undefined || now - last.at > staleMilliseconds) throw unreachable(error);
  }
  return inForce;
}

/** Returns the policy that `currentPolicy` returned last. Throws before it was read. */
export function policyInForce(): Policy {
  if (inForce === undefined) throw new Error('no policy was read');
  return inForce;
}

/** Remembers the policy file, so that its disappearance stops every assessment. One function of a vetting does this. */
export async function rememberCurrentPolicy(now = Date.now()): Promise<void> {
  if (last?.etag === undefined) return;
  const [known, location] = [await readMemory(), policyLocation()];
  if (known?.bucket === location.bucket && known.key === location.key) return;
  await rememberPolicy(recordTable(), location, now);
  memory = Promise.resolve(location);
}

/** Returns what the workflow's tasks need of the policy. */
export async function currentPolicyFacts(): Promise<PolicyFacts> {
  const policy = await currentPolicy();
  return policyFacts(policy, policyVersion(policy), Date.now);
}

/** Returns where the policy that was read last comes from. The log of S3 or CloudTrail says who wrote it. */
export function policyActor(): AuditActor {
  if (last?.etag === undefined) return { by: 'deployment', from: 'no policy file' };
  const { bucket, key } = policyLocation();
  return { by: 'policy file', from: `s3://${bucket}/${key}, ETag ${last.etag}` };
}

/** Reads the mode that was set. While the table doesn't answer, the last one applies. */
async function readMode(): Promise<void> {
  const set = await store()
    .policySwitch()
    .catch(() => 'unknown' as const);
  if (set !== 'unknown') mode = set;
}

const policyLocation = () => ({ bucket: environmentValue('POLICY_BUCKET'), key: environmentValue('POLICY_KEY') });

function readMemory(): Promise<PolicyLocation | undefined> {
  memory ??= rememberedPolicy(recordTable()).catch((error: unknown) => {
    memory = undefined;
    throw error;
  });
  return memory;
}

async function readPolicy(cached: CachedPolicy | undefined, at: number): Promise<CachedPolicy> {
  const remembered = cached === undefined ? readMemory() : undefined;
  // A failure counts only if the answer is needed.
  remembered?.catch(() => {});
  const found = await readObject(cached);
  if (typeof found === 'object') return { policy: withDeployment(loadPolicy(found.text)), etag: found.etag, at };
  if (found === 'unchanged' && cached !== undefined) return { ...cached, at };
  if (found === 'deleted' || cached?.etag !== undefined) throw missing(policyLocation());
  const former = await (remembered ?? rememberedPolicy(recordTable()));
  if (former !== undefined) throw missing(former);
  return { policy: cached?.policy ?? withDeployment(recommendedPolicy), etag: undefined, at };
}

/** Returns a policy that also lists the names that the stack keeps for a company's own projects, and its indexes. */
function withDeployment(policy: Policy): Policy {
  const indexes = effectiveIndexes(policy.indexes, deployedIndexes());
  const names = environmentValue('INTERNAL_NAMES', '')
    .split(',')
    .filter((name) => name !== '' && !policy.internal.includes(name));
  return { ...policy, indexes, internal: [...policy.internal, ...names] };
}

type ObjectAnswer = { readonly text: string; readonly etag: string | undefined } | 'unchanged' | 'deleted' | 'none';

/** Reads the object. In a versioned bucket S3 marks the answer for an object that was deleted. */
async function readObject(cached: CachedPolicy | undefined): Promise<ObjectAnswer> {
  client ??= new S3Client({});
  const { bucket, key } = policyLocation();
  try {
    const command = new GetObjectCommand({
      Bucket: bucket,
      Key: key,
      // The name of a bucket that was removed can be taken by another account.
      ExpectedBucketOwner: environmentValue('POLICY_BUCKET_OWNER'),
      ...(cached?.etag === undefined ? {} : { IfNoneMatch: cached.etag }),
    });
    const { Body, ETag } = await client.send(command);
    return { text: (await Body?.transformToString()) ?? '', etag: ETag };
  } catch (error) {
    const { $metadata, $response } = error as {
      $metadata?: { httpStatusCode?: number };
      $response?: { headers?: Record<string, string> };
    };
    if ($metadata?.httpStatusCode === 304 && cached !== undefined) return 'unchanged';
    if (!(error instanceof Error) || error.name !== 'NoSuchKey') throw error;
    return $response?.headers?.['x-amz-delete-marker'] === 'true' ? 'deleted' : 'none';
  }
}

function missing({ bucket, key }: { readonly bucket: string; readonly key: string }): AwspipError {
  return new AwspipError('policy-missing', `the policy file s3://${bucket}/${key} is gone, so nothing is assessed`, {
    exit: 'configuration',
    hint: 'upload it again; the output of `awspip policy show recommended --json` is the standard policy',
  });
}

function unreachable(cause: unknown): AwspipError {
  const reason = cause instanceof Error ? cause.name : 'error';
  return new AwspipError('policy-unreachable', `the policy file cannot be read (${reason})`, {
    exit: 'unavailable',
    hint: 'check the policy bucket, and the permission of this function to read it',
    cause,
  });
}
