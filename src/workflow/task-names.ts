/** Every task of the workflow. Each is also the name of the one state that runs it. */
export const taskNames = [
  'Claim',
  'Resolve',
  'ClaimReleases',
  'Assess',
  'Ingest',
  'Inspect',
  'Copy',
  'FailBatch',
  'Review',
  'Notify',
  'Fail',
] as const;

export type TaskName = (typeof taskNames)[number];
