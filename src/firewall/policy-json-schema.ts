import { toJsonSchema } from '@valibot/to-json-schema';
import { policySchema } from './policy-schema.ts';

/**
 * The policy file's JSON schema (draft-07), for editors: made from what `loadPolicy` checks. What a schema cannot say
 * (version specifiers, dates, levels in order) only `loadPolicy` refuses.
 */
export function policyJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = toJsonSchema(policySchema, { typeMode: 'input', errorMode: 'ignore' });
  return { $schema, title: 'awspip policy', description: 'Rules by which awspip judges packages', ...schema };
}
