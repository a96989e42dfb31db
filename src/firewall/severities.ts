/** The severities of vulnerabilities in ascending order, as CVSS 3.1 rates them. */
export const severities = ['none', 'low', 'medium', 'high', 'critical'] as const;

export type SeverityName = (typeof severities)[number];
