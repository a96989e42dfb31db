import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';

const folder = path.resolve(import.meta.dirname, '../fixtures/schemas');
const read = (file: string) => JSON.parse(readFileSync(path.join(folder, file), 'utf8'));

const formats = {
  uri: (text: string) => URL.canParse(text),
  'uri-reference': (text: string) => /^[\w.~:/?#[\]@!$&'()*+,;=%-]*$/.test(text) && !/%(?![\da-f]{2})/i.test(text),
  'iri-reference': (text: string) => !/[\s<>"{}|\\^`]/.test(text),
  'date-time': (text: string) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text),
  'idn-email': true,
  email: true,
  regex: true,
} as const;

const compiled = new Map<string, ValidateFunction>();

/** Returns what is wrong with a document under the SARIF 2.1.0 schema of OASIS. */
export function sarifViolations(document: unknown): readonly string[] {
  // The schema is of draft 4, and of that draft it uses nothing that later drafts changed, except the name of `id`.
  const { $schema, id, ...schema } = read('sarif-schema-2.1.0.json');
  const validate =
    compiled.get('sarif') ??
    new Ajv({ strict: false, allErrors: true, formats, validateSchema: false }).compile(schema);
  compiled.set('sarif', validate);
  return violations(validate, document);
}

/** Returns what is wrong with a document under the schema of CycloneDX 1.6. */
export function cyclonedxViolations(document: unknown): readonly string[] {
  let validate = compiled.get('cyclonedx');
  if (validate === undefined) {
    const ajv = new Ajv({ strict: false, allErrors: true, formats, validateSchema: false });
    for (const file of ['spdx.schema.json', 'jsf-0.82.schema.json']) ajv.addSchema(read(file));
    validate = ajv.compile(read('bom-1.6.schema.json'));
    compiled.set('cyclonedx', validate);
  }
  return violations(validate, document);
}

function violations(validate: ValidateFunction, document: unknown): readonly string[] {
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, message }: ErrorObject) => `${instancePath} ${message}`);
}
