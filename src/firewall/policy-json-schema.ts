import { toJsonSchema } from '@valibot/to-json-schema';
import { policySchema } from './policy-schema.ts';

/**
 * Returns the JSON schema (draft-07) of the policy file, for editors. It is generated from the schema of `loadPolicy`,
 * which also checks what a JSON schema cannot express: version specifiers, dates and the order of levels.
 */
export function policyJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = toJsonSchema(policySchema, { typeMode: 'input', errorMode: 'ignore' });
  return { $schema, title: 'awspip policy', description: 'The policy of the awspip package firewall', ...schema };
}
