import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** What AssumeRole is asked, without the code of the moment. */
export type RoleQuestion = {
  readonly RoleArn: string;
  readonly RoleSessionName?: string | undefined;
  readonly ExternalId?: string | undefined;
  readonly SerialNumber?: string | undefined;
  readonly DurationSeconds?: number | undefined;
};

export type RoleCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
};

/** The AWS CLI's own cache of assumed roles, shared with it: whoever gave a code there is not asked again here. */
export type RoleCache = {
  read(question: RoleQuestion): Promise<RoleCredentials | undefined>;
  write(question: RoleQuestion, credentials: RoleCredentials): Promise<void>;
};

/** botocore renews what ends within a quarter of an hour. */
const early = 15 * 60_000;
const maxEntryBytes = 64 * 1024;

/**
 * Files in `folder` (`~/.aws/cli/cache`), named and written as botocore does. A miss of any kind is undefined; where
 * nothing can be written, things go on without.
 */
export function roleCache({ folder, now }: { readonly folder: string; readonly now: () => number }): RoleCache {
  const fileOf = (question: RoleQuestion) => path.join(folder, `${cacheKey(question)}.json`);
  return {
    async read(question) {
      try {
        const found = parseEntry(await readFile(fileOf(question), 'utf8'));
        return found !== undefined && found.expiration.getTime() - now() >= early ? found : undefined;
      } catch {
        return undefined;
      }
    },
    async write(question, { accessKeyId, secretAccessKey, sessionToken, expiration }) {
      const file = fileOf(question);
      const fresh = `${file}.${randomUUID()}.tmp`;
      const Credentials = {
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        SessionToken: sessionToken,
        Expiration: expiration.toISOString().replace(/\.\d+Z$/, 'Z'),
      };
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(fresh, JSON.stringify({ Credentials }), { mode: 0o600, flag: 'wx' });
        await rename(fresh, file);
      } catch {
        await rm(fresh, { force: true }).catch(() => {});
      }
    },
  };
}

/** SHA-1 over the arguments as Python's `json.dumps(…, sort_keys=True)` writes them. */
export function cacheKey(question: RoleQuestion): string {
  const said = Object.entries(question)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `"${name}": ${asciiJson(value)}`);
  return createHash('sha1')
    .update(`{${said.join(', ')}}`)
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
  const { Credentials: found } = JSON.parse(json) as { Credentials?: Record<string, unknown> };
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = found ?? {};
  // botocore writes `2026-01-01T00:00:00UTC`.
  const expiration = new Date(String(found?.Expiration).replace(/UTC$/, 'Z'));
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string' || typeof sessionToken !== 'string') {
    return undefined;
  }
  return Number.isNaN(expiration.getTime()) ? undefined : { accessKeyId, secretAccessKey, sessionToken, expiration };
}
