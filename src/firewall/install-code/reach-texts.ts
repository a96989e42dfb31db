import type { Reach } from '../types.ts';

/** What code does, as a predicate. */
export const reachTexts: Readonly<Record<Reach, string>> = {
  network: 'uses the network',
  shell: 'runs other programs',
  program: 'runs programs that a build does not need',
  hidden: 'hides what it runs',
  persistence: 'changes files that run at startup',
  replacement: 'replaces a file of another project or a common command',
  startup: 'runs whenever Python starts',
  'startup-reach': 'runs whenever Python starts and uses the network, other programs or hidden code',
  'import-time': 'acts like an attack when it is imported',
  'more-than-setup': 'does more than call `setup()`',
};
