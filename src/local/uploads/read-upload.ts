import type { Readable } from 'node:stream';
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { isStateFolderFailure } from '../files.ts';
import { AwsFault, type HttpRequest } from '../http.ts';
import type { BlobStore, Draft } from '../packages/blob-store.ts';
import { maxAssetBytes } from '../packages/growing-file.ts';
import { malformed } from './check-upload.ts';

/** The form of an upload: the fields that are used, and the file. */
export type UploadForm = {
  readonly fields: ReadonlyMap<string, string>;
  readonly filename: string;
  readonly draft: Draft;
};

/** The fields that are used. The others describe the project, which the file does, too. */
const usedFields: ReadonlySet<string> = new Set([
  ...[':action', 'protocol_version', 'name', 'version', 'filetype'],
  ...['requires_python', 'md5_digest', 'sha256_digest'],
]);
/** Limits of a form. Real forms have a field per classifier and requirement, and a description in one of them. */
const limits = { fields: 10_000, fieldNameSize: 100, fieldSize: 64 * 1024, files: 8, headerPairs: 50 };
/** The part of a request that is no file. */
const maxFieldBytes = 64 * 1024 * 1024;

type Collected = {
  readonly fields: Map<string, string>;
  readonly open: Set<BusboyFileStream>;
  file?: { readonly filename: string; readonly draft: Promise<Draft> };
};

/**
 * Reads a form and writes its file to the disk as it arrives, so that memory is bounded.
 *
 * @param checkName is called before the file is read if the name of the project comes first, and throws to reject it.
 * @throws {AwsFault} ValidationException (400) for a form that is malformed or incomplete, and 413 for a large one.
 */
export async function readUpload(
  request: HttpRequest,
  blobs: Pick<BlobStore, 'receive'>,
  checkName: (fields: ReadonlyMap<string, string>) => void,
): Promise<UploadForm> {
  if (Number(request.headers['content-length']) > maxAssetBytes + maxFieldBytes) throw tooLarge();
  const collected: Collected = { fields: new Map(), open: new Set() };
  try {
    await parseForm(request, collected, (stream) => {
      checkName(collected.fields);
      return blobs.receive(stream);
    });
    const { file, fields } = collected;
    if (!file) throw malformed('the form has no file `content`');
    return { fields, filename: file.filename, draft: await file.draft };
  } catch (error) {
    for (const stream of collected.open) stream.destroy(error as Error);
    await collected.file?.draft.then(
      (draft) => draft.discard(),
      () => undefined,
    );
    throw error;
  }
}

function parseForm(request: HttpRequest, collected: Collected, receive: (stream: Readable) => Promise<Draft>) {
  const source = request.stream();
  return new Promise<void>((resolve, reject) => {
    const parser = openParser(request);
    const fail = (error: unknown): void => {
      source.unpipe(parser);
      // The rest is read and dropped, so that the client gets the answer and not a broken connection.
      source.resume();
      const isOwn = error instanceof AwsFault || isStateFolderFailure(error);
      reject(isOwn ? error : malformed(`the form is incomplete or malformed: ${textOf(error)}`));
    };
    parser.on('field', (name: string, value: string, _: boolean, isCut: boolean) => {
      if (!usedFields.has(name)) return;
      const known = collected.fields.get(name);
      if (isCut || (known !== undefined && known !== value)) fail(malformed(`the field \`${name}\` is not usable`));
      collected.fields.set(name, value);
    });
    parser.on('file', (name: string, stream: BusboyFileStream, filename: string) => {
      if (name !== 'content') return void stream.resume();
      if (collected.file) return fail(malformed('the form has more than one file `content`'));
      collected.open.add(stream);
      stream.on('error', fail);
      stream.once('limit', () => fail(tooLarge()));
      try {
        const draft = receive(stream);
        draft.catch(fail);
        collected.file = { filename, draft };
      } catch (error) {
        stream.resume();
        fail(error);
      }
    });
    for (const limit of ['fieldsLimit', 'filesLimit', 'partsLimit'] as const) {
      parser.once(limit, () => fail(malformed('the form has too many parts')));
    }
    parser.on('error', fail);
    parser.once('finish', resolve);
    source.on('error', fail);
    source.once('close', () => {
      if (!source.readableEnded) fail(new Error('the connection was closed'));
    });
    source.pipe(parser);
  });
}

function openParser(request: HttpRequest): BusboyInstance {
  const { 'content-type': type = '' } = request.headers;
  if (!/^multipart\/form-data\b/i.test(type)) throw malformed('an upload has the media type `multipart/form-data`');
  try {
    return new Busboy({
      headers: { ...request.headers, 'content-type': type },
      preservePath: true,
      limits: { ...limits, fileSize: maxAssetBytes },
    });
  } catch (error) {
    throw malformed(`the form cannot be read: ${textOf(error)}`);
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const tooLarge = (): AwsFault => new AwsFault('RequestEntityTooLargeException', 413, 'a file has at most 5 GB');
