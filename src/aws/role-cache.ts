import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** The parameters of AssumeRole without the MFA code. */
export type RoleRequest = {
  readonly RoleArn: string;
  readonly RoleSessionName?: string | undefined;
  readonly ExternalId?: string | undefined;
  readonly SerialNumber?: string | undefined;
  readonly DurationSeconds?: number | undefined;
};

type RoleCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
};

/** The AWS CLI's cache of assumed roles. Both tools share it, so an MFA code entered in one serves the other. */
export type RoleCache = {
  read(request: RoleRequest): Promise<RoleCredentials | undefined>;
  write(request: RoleRequest, credentials: RoleCredentials): Promise<void>;
};

/** Credentials are renewed this many milliseconds before they expire, as botocore does. */
const renewalMargin = 15 * 60_000;
const maxEntryBytes = 64 * 1024;

/**
 * Opens the cache in `folder` (`~/.aws/cli/cache`), with file names and contents as botocore writes them. An unreadable
 * entry counts as missing, and a failed write is ignored.
 */
export function roleCache({ folder, now }: { readonly folder: string; readonly now: () => number }): RoleCache {
  const fileOf = (request: RoleRequest) => path.join(folder, `${cacheKey(request)}.json`);
  return {
    async read(request) {
      try {
        const entry = parseEntry(await readFile(fileOf(request), 'utf8'));
        return entry !== undefined && entry.expiration.getTime() - now() >= renewalMargin ? entry : undefined;
      } catch {
        return undefined;
      }
    },
    async write(request, { accessKeyId, secretAccessKey, sessionToken, expiration }) {
      const file = fileOf(request);
      const temporaryFile = `${file}.${randomUUID()}.tmp`;
      const Credentials = {
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        SessionToken: sessionToken,
        Expiration: expiration.toISOString().replace(/\.\d+Z$/, 'Z'),
      };
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(temporaryFile, JSON.stringify({ Credentials }), { mode: 0o600, flag: 'wx' });
        await rename(temporaryFile, file);
      } catch {
        await rm(temporaryFile, { force: true }).catch(() => {});
      }
    },
  };
}

/** Returns the SHA-1 of the request as Python's `json.dumps(…, sort_keys=True)` writes it, which is botocore's key. */
function cacheKey(request: RoleRequest): string {
  const members = Object.entries(request)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `"${name}": ${asciiJson(value)}`);
  return createHash('sha1')
    .update(`{${members.join(', ')}}`)
    .digest('hex');
}

function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function parseEntry(json: string): RoleCredentials | undefined {
  if (json.length > maxEntryBytes) return undefined;
  const { Credentials: entry } = JSON.parse(json) as { Credentials?: Record<string, unknown> };
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = entry ?? {};
  // botocore writes `2026-01-01T00:00:00UTC`.
  const expiration = new Date(String(entry?.Expiration).replace(/UTC$/, 'Z'));
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string' || typeof sessionToken !== 'string') {
    return undefined;
  }
  return Number.isNaN(expiration.getTime()) ? undefined : { accessKeyId, secretAccessKey, sessionToken, expiration };
}
