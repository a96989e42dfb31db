import { AwspipError } from '../errors.ts';
import type { Roots } from '../pip/roots.ts';

/** Rejects what pip would reject, because pip does not run and an unreadable requirement must not count as vetted. */
export function requireReadable({ problems, roots, buildRoots }: Roots): void {
  const [problem] = problems;
  if (problem !== undefined) {
    throw new AwspipError('requirement-unreadable', `cannot read every requirement: ${problem}`, { exit: 'usage' });
  }
  if (roots.length + buildRoots.length > 0) return;
  throw new AwspipError('no-requirements', 'there are no requirements to vet', {
    exit: 'usage',
    hint: 'give requirements or a requirements file, as in `awspip vet -r requirements.txt`',
  });
}
