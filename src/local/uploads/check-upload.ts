import { parseFilename } from '../../index/filename.ts';
import { isProjectName, normaliseName } from '../../index/names.ts';
import type { ProjectName } from '../../index/types.ts';
import { isSpecifier, isVersion, normaliseVersion } from '../../index/versions.ts';
import { AwsFault } from '../http.ts';
import { isStorableName } from '../packages/package-store.ts';
import { isSafeFilename, versionKey } from '../packages/versions.ts';

/** A file that may be stored. */
export type UploadedFile = {
  readonly name: ProjectName;
  /** In normal form (PEP 440). */
  readonly version: string;
  readonly filename: string;
  readonly requiresPython?: string | undefined;
};

type Fields = ReadonlyMap<string, string>;

/** Returns the fault for a form that is not a valid upload. */
export function malformed(message: string): AwsFault {
  return new AwsFault('ValidationException', 400, message, { reason: 'FIELD_VALIDATION_FAILED' });
}

function required(fields: Fields, name: string): string {
  const value = fields.get(name)?.trim();
  if (value === undefined || value === '') throw malformed(`the field \`${name}\` is missing`);
  return value;
}

const show = (text: string): string => text.slice(0, 100);

/** Returns the project that a form names. @throws {AwsFault} ValidationException (400). */
export function projectOf(fields: Fields): ProjectName {
  const text = required(fields, 'name');
  const name = isProjectName(text) ? normaliseName(text) : undefined;
  if (name === undefined || !isStorableName(name)) throw malformed(`\`${show(text)}\` is not the name of a project`);
  return name;
}

const kinds: ReadonlyMap<string, 'wheel' | 'sdist'> = new Map([
  ['bdist_wheel', 'wheel'],
  ['sdist', 'sdist'],
]);

/**
 * Checks the fields of the upload API of PyPI, and that the name of the file says the same.
 *
 * @throws {AwsFault} ValidationException (400).
 * @see https://docs.pypi.org/api/upload/
 */
export function checkUpload(fields: Fields, filename: string): UploadedFile {
  const action = required(fields, ':action');
  if (action !== 'file_upload')
    throw malformed(`the action \`${show(action)}\` is not supported, only \`file_upload\``);
  const protocol = fields.get('protocol_version') ?? '1';
  if (protocol !== '1') throw malformed(`the protocol version \`${show(protocol)}\` is not supported, only \`1\``);
  const name = projectOf(fields);
  const version = required(fields, 'version');
  if (!isVersion(version)) throw malformed(`\`${show(version)}\` is not a version (PEP 440)`);
  const filetype = required(fields, 'filetype');
  const kind = kinds.get(filetype);
  if (kind === undefined) throw malformed(`the file type \`${show(filetype)}\` is not \`bdist_wheel\` or \`sdist\``);
  if (!isSafeFilename(filename)) throw malformed(`\`${show(filename)}\` is not the name of a distribution file`);
  const parsed = parseFilename(filename, name);
  if (parsed?.kind !== kind) throw malformed(`\`${show(filename)}\` is not the name of a ${kind} of ${name}`);
  if (versionKey(parsed.version) !== versionKey(version)) {
    throw malformed(`\`${show(filename)}\` has the version ${parsed.version}, but the field \`version\` is ${version}`);
  }
  return { name, version: normaliseVersion(version), filename, requiresPython: requiresPythonOf(fields) };
}

function requiresPythonOf(fields: Fields): string | undefined {
  const text = fields.get('requires_python')?.trim();
  if (text === undefined || text === '') return undefined;
  if (!isSpecifier(text))
    throw malformed(`\`${show(text)}\` in the field \`requires_python\` is not a version specifier`);
  return text;
}

/** Checks the digests that the form names: one at least. @throws {AwsFault} ValidationException (400). */
export function checkDigests(fields: Fields, actual: Readonly<Record<'sha256' | 'md5', string>>): void {
  const listed = (['sha256', 'md5'] as const).flatMap((algorithm) => {
    const value = fields.get(`${algorithm}_digest`)?.trim().toLowerCase();
    return value ? [{ algorithm, value }] : [];
  });
  if (listed.length === 0) throw malformed('the field `sha256_digest` is missing');
  for (const { algorithm, value } of listed) {
    if (value !== actual[algorithm]) {
      throw malformed(`the ${algorithm} of the file is ${actual[algorithm]}, but the form says ${show(value)}`);
    }
  }
}
