import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AwspipError } from '../errors.ts';
import type { ReadText } from './files.ts';
import { type TrustedProject, type TrustedProjects, trustDigest, valuesToTrust } from './trust.ts';

/**
 * Reads which project files the user trusts, from a file next to the user file. A damaged file counts as empty, so that
 * the user is asked again.
 */
export async function readTrustedProjects(file: string, read: ReadText): Promise<TrustedProjects> {
  const text = await read(file);
  try {
    const { projects } = JSON.parse(text ?? '{}') as { projects?: unknown };
    if (typeof projects !== 'object' || projects === null) return {};
    return Object.fromEntries(Object.entries(projects).filter((entry) => isEntry(entry[1])));
  } catch {
    return {};
  }
}

function isEntry(value: unknown): value is TrustedProject {
  const { digest, values, trustedAt } = (value ?? {}) as Partial<Record<keyof TrustedProject, unknown>>;
  return typeof digest === 'string' && typeof values === 'object' && values !== null && typeof trustedAt === 'string';
}

/** Returns the trusted projects with this one added or replaced. */
export function withTrusted(
  projects: TrustedProjects,
  { path: file, values }: { readonly path: string; readonly values: Readonly<Record<string, string>> },
  trustedAt: string,
): TrustedProjects {
  return { ...projects, [file]: { digest: trustDigest(values), values: valuesToTrust(values), trustedAt } };
}

/**
 * Writes which project files the user trusts. Replaces the file in one step and only the user can read it.
 *
 * @throws {AwspipError} `trust-not-written` (78).
 */
export async function writeTrustedProjects(file: string, projects: TrustedProjects): Promise<void> {
  const temporaryFile = `${file}.${randomUUID()}`;
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(temporaryFile, `${JSON.stringify({ projects }, undefined, 2)}\n`, { flag: 'wx', mode: 0o600 });
    await rename(temporaryFile, file);
  } catch (cause) {
    await rm(temporaryFile, { force: true }).catch(() => {});
    throw new AwspipError('trust-not-written', `cannot write ${file}`, {
      exit: 'configuration',
      hint: 'make the file and its folder writable, or set the settings with variables',
      cause,
    });
  }
}
