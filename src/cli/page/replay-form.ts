import { AwspipError } from '../../errors.ts';
import { loadPolicy } from '../../firewall/policy-file.ts';
import type { Replay } from '../../review/replay.ts';
import type { Records, ReviewService } from '../../review/types.ts';
import type { SentForm } from './act.ts';

/**
 * Judges what is on record under the policy of a form.
 *
 * @throws AwspipError `policy-invalid` (78), `form-invalid` (64)
 */
export async function replayForm(
  { policy: file }: SentForm,
  records: Records,
  { firewall, now }: Pick<ReviewService, 'firewall' | 'now'>,
): Promise<Replay> {
  if (!(file instanceof File) || file.size === 0) {
    throw new AwspipError('form-invalid', 'no policy file was chosen', { exit: 'usage', hint: 'choose a policy file' });
  }
  const policy = loadPolicy(await file.text());
  const { replayRecords } = await import('../../review/replay-records.ts');
  return replayRecords(records, policy, firewall, now());
}

/** Returns a function that runs one work at a time, because a replay reads the whole table. */
export function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let isRunning = false;
  return async (work) => {
    if (isRunning) {
      throw new AwspipError('form-invalid', 'another policy is being tried', {
        exit: 'usage',
        hint: 'try again later',
      });
    }
    isRunning = true;
    try {
      return await work();
    } finally {
      isRunning = false;
    }
  };
}
