/** The item of the table that remembers where the policy file was read. */
export const policyMemoryKey = { pk: 'policy', sk: 'file' };
