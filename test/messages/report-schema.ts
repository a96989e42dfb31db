import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';

/** The schema of the report, as it is published. */
export const reportSchema = JSON.parse(
  readFileSync(new URL('../../src/cli/report-schema.json', import.meta.url), 'utf8'),
);

const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(reportSchema);

/** Returns how a report breaks the schema, as a reader of its JSON would see it. */
export function schemaErrors(report: object): unknown {
  validate(JSON.parse(JSON.stringify(report)));
  return validate.errors ?? [];
}
