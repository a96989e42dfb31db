/** The item of the table that remembers where the policy file was read. */
export const policyMemoryKey = { pk: 'policy', sk: 'file' };

/** The item of the table that has the policy that the workflow saw last. */
export const policyStateKey = { pk: 'policy', sk: 'current' };

/** The item of the table that has what clients need to know of the policy. */
export const policyIndexesKey = { pk: 'policy', sk: 'indexes' };
