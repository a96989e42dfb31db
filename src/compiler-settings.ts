import { setFlagsFromString } from 'node:v8';

/**
 * Returns the options that make V8 optimize code about ten times later than by default. A vetting runs much code a few
 * times, and optimizing it took a third of its processor time. What runs long is still optimized.
 *
 * @param nodeVersion as in `process.versions.node`. Empty for a version whose V8 was not measured, because options of V8
 *   change without notice and an unknown one is an error on stderr.
 */
export function lateOptimization(nodeVersion: string): readonly string[] {
  const [major = ''] = nodeVersion.split('.');
  if (major === '20') return ['--interrupt-budget=1000000'];
  if (major !== '22' && major !== '24') return [];
  return [
    '--invocation-count-for-turbofan=30000',
    '--invocation-count-for-osr=8000',
    '--invocation-count-for-maglev=2000',
    '--invocation-count-for-maglev-osr=500',
  ];
}

/** Applies these options to this process and its threads. Call it before the work begins. */
export function optimizeLate(): void {
  for (const option of lateOptimization(process.versions.node)) setFlagsFromString(option);
}
