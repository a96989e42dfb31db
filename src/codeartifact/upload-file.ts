import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { AwspipError } from '../errors.ts';
import { discardBody, readBody } from '../index/body.ts';
import { laterHint } from '../index/connection-error.ts';
import type { ParsedFilename } from '../index/filename.ts';
import type { HttpResponse } from '../index/http-types.ts';
import type { IndexFile, ProjectName } from '../index/types.ts';
import { oneLine } from '../printable.ts';
import type { Secret } from '../secret.ts';
import type { RepositoryEndpoint } from './repository-files.ts';

/** A file on the disk that is uploaded as the file of a release. */
export type Upload = {
  readonly name: ProjectName;
  readonly version: string;
  readonly kind: ParsedFilename['kind'];
  readonly file: Pick<IndexFile, 'filename' | 'requiresPython'>;
  /** Where its bytes are, and their number and digests in hex. */
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly md5: string;
};

const retryDelays = [1_000, 4_000];
const maxMessageBytes = 65_536;

/**
 * Uploads a file to the PyPI endpoint of a repository, as twine does. The same file again changes nothing.
 *
 * @throws {AwspipError} `upload-failed` (unavailable), `upload-denied` (denied), and those of connections.
 * @see https://docs.pypi.org/api/upload/
 */
export async function uploadFile(upload: Upload, endpoint: RepositoryEndpoint): Promise<void> {
  let token = await endpoint.token();
  let isRenewed = false;
  for (let tries = 0; ; ) {
    const response = await send(upload, endpoint, token);
    const { status } = response;
    if (status >= 200 && status < 300) return discardBody(response);
    if ((status === 401 || status === 403) && !isRenewed) {
      await discardBody(response);
      token = await endpoint.renewToken();
      isRenewed = true;
      continue;
    }
    const delay = status === 429 || status >= 500 ? retryDelays[tries] : undefined;
    if (delay === undefined) throw await rejected(upload, response);
    await discardBody(response);
    tries += 1;
    await endpoint.sleep(delay);
  }
}

function send(upload: Upload, { http, endpoint, userAgentVersion }: RepositoryEndpoint, token: Secret) {
  const boundary = `awspip-${randomUUID()}`;
  const [before, after] = frame(upload, boundary);
  async function* parts() {
    yield before;
    yield* createReadStream(upload.path);
    yield after;
  }
  return http.request(endpoint, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`aws:${token.reveal()}`).toString('base64')}`,
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(before.length + upload.size + after.length),
      'user-agent': `awspip/${userAgentVersion}`,
    },
    body: Readable.from(parts()),
  });
}

/** Returns what precedes and follows the bytes of the file in the form. */
function frame({ name, version, kind, file, sha256, md5 }: Upload, boundary: string): [Buffer, Buffer] {
  const fields: Readonly<Record<string, string | undefined>> = {
    ':action': 'file_upload',
    protocol_version: '1',
    metadata_version: '2.1',
    name,
    version,
    filetype: kind === 'wheel' ? 'bdist_wheel' : 'sdist',
    pyversion: kind === 'wheel' ? (file.filename.split('-').at(-3) ?? '') : 'source',
    requires_python: file.requiresPython,
    sha256_digest: sha256,
    md5_digest: md5,
  };
  const disposition = (field: string): string => `--${boundary}\r\nContent-Disposition: form-data; name="${field}"`;
  const texts = Object.entries(fields).flatMap(([field, value]) =>
    // A line break would end the field. No valid value has one.
    value === undefined || value === '' ? [] : [`${disposition(field)}\r\n\r\n${oneLine(value)}\r\n`],
  );
  const content = `${disposition('content')}; filename="${file.filename}"\r\nContent-Type: application/octet-stream\r\n\r\n`;
  return [Buffer.from(`${texts.join('')}${content}`), Buffer.from(`\r\n--${boundary}--\r\n`)];
}

async function rejected({ file }: Upload, response: HttpResponse): Promise<AwspipError> {
  const text = (await readBody(response, maxMessageBytes).catch(() => Buffer.from(''))).toString().slice(0, 300);
  const { status } = response;
  const reason = text.trim() === '' ? '' : `: ${oneLine(text.trim())}`;
  const message = `package-install answered ${status} to the upload of ${file.filename}${reason}`;
  if (status === 401 || status === 403) {
    return new AwspipError('upload-denied', message, {
      exit: 'denied',
      hint: 'check that the deployment option `indexes` has this name, and deploy again',
    });
  }
  return new AwspipError('upload-failed', message, { exit: 'unavailable', hint: laterHint });
}
