/** The item of the table that remembers where the policy file was read. */
export const policyMemoryKey = { pk: 'policy', sk: 'file' };

/** The item of the table that names the indexes of the policy for clients. */
export const policyIndexesKey = { pk: 'policy', sk: 'indexes' };
