import { describeInstallCode } from '../fact-gates.ts';
import type { Policy } from '../policy.ts';
import type { InstallCode } from '../types.ts';

/** The verdict of a policy on the code of one file, with its reasons. */
export type CodeVerdict = { readonly status: 'ALLOWED' | 'HELD' | 'BLOCKED'; readonly reasons: readonly string[] };

/** Returns the verdict on the code that was found in one file. */
export function fileVerdict(found: readonly InstallCode[], policy: Policy, isRanked: boolean): CodeVerdict {
  const { enabled, does } = policy.gates.installCode;
  const text = enabled ? describeInstallCode(found, policy.gates.installCode, isRanked) : undefined;
  if (text === undefined) return { status: 'ALLOWED', reasons: [] };
  return { status: does === 'block' ? 'BLOCKED' : 'HELD', reasons: [text] };
}
