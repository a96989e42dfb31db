import { open } from 'node:fs/promises';
import path from 'node:path';
import { AwspipError } from '../errors.ts';
import type { Policy } from './policy.ts';
import { combineDocuments, maxPolicyBytes, type PolicyDocument, readDocument } from './policy-file.ts';

/** The maximum number of policy files that extend each other. */
const maxFiles = 8;

/**
 * Reads and validates a policy file and the files that it extends. Returns them as the text of one policy file. It reads
 * at most the allowed size, even from a device or pipe.
 *
 * @param onFile called with the absolute path of each file before it is read
 * @throws {AwspipError} `policy-unreadable`, `policy-invalid` (78)
 */
export async function readPolicyText(file: string, onFile?: (file: string) => void): Promise<string> {
  const read = (each: string): Promise<string> => {
    onFile?.(path.resolve(each));
    return readStart(each, maxPolicyBytes + 1);
  };
  return JSON.stringify(await readPolicyFile(file, read));
}

/**
 * Reads a policy file and the files that it extends, each relative to the file that names it.
 *
 * @throws {AwspipError} `policy-invalid` (78), and what `read` throws
 */
export async function readPolicyFile(file: string, read: (file: string) => Promise<string>): Promise<Policy> {
  const documents: PolicyDocument[] = [];
  const files: string[] = [];
  for (let next: string | undefined = file; next !== undefined; ) {
    const current: string = path.resolve(next);
    if (files.includes(current)) throw extendsError(`${file} extends itself: ${[...files, current].join(' → ')}`);
    if (files.length === maxFiles) throw extendsError(`more than ${maxFiles} policy files extend each other`);
    files.push(current);
    const document = readDocumentOf(current, await read(documents.length === 0 ? file : current), documents.length > 0);
    documents.push(document);
    next = document.extendedFile && path.resolve(path.dirname(current), document.extendedFile);
  }
  return combineDocuments(documents);
}

/** Reads a document. The error about an extended file names it. */
function readDocumentOf(file: string, text: string, isExtended: boolean): PolicyDocument {
  try {
    return readDocument(text);
  } catch (error) {
    if (!isExtended || !(error instanceof AwspipError)) throw error;
    const message = error.message.replace('the policy file is', `the extended policy file ${file} is`);
    throw new AwspipError('policy-invalid', message, { exit: 'configuration', hint: error.hint, cause: error });
  }
}

function extendsError(message: string): AwspipError {
  return new AwspipError('policy-invalid', message, {
    exit: 'configuration',
    hint: 'let `extends` name `recommended`, `reference` or another file',
  });
}

async function readStart(file: string, maxBytes: number): Promise<string> {
  try {
    const handle = await open(file, 'r');
    try {
      const buffer = Buffer.alloc(maxBytes);
      let size = 0;
      for (let bytesRead = -1; bytesRead !== 0 && size < maxBytes; size += bytesRead) {
        bytesRead = (await handle.read(buffer, size, maxBytes - size)).bytesRead;
      }
      return buffer.toString('utf8', 0, size);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new AwspipError('policy-unreadable', `cannot read the policy file ${file}`, {
      exit: 'configuration',
      hint: 'set `AWSPIP_POLICY` to a readable file, or unset it',
      cause,
    });
  }
}
