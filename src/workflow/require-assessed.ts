import { AwspipError } from '../errors.ts';
import type { Release } from '../index/types.ts';
import { notAssessed } from './claimed-releases.ts';

/**
 * Checks by digest that package-install has only assessed files of a release. A file without a digest in the index has
 * an empty one until it is inspected.
 *
 * @throws AwspipError `file-not-assessed` (`blocked`)
 */
export function requireAssessed(
  { name, version }: Release,
  imported: Readonly<Record<string, string>>,
  assessed: Readonly<Record<string, string>>,
): void {
  const wasAssessed = ([filename, sha256]: [string, string]) =>
    Object.hasOwn(assessed, filename) && (assessed[filename] === '' || assessed[filename] === sha256.toLowerCase());
  const [unassessed] = Object.entries(imported).filter((file) => !wasAssessed(file));
  if (unassessed === undefined) return;
  const message = `package-install has \`${unassessed[0]}\` of ${name} ${version}, which was not assessed`;
  throw new AwspipError(notAssessed, message, { exit: 'blocked' });
}
