type JsonSchema = {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
};

/** One key of a document that a JSON schema describes. */
export type SchemaKey = {
  /** `gates.cooldown.days`; `[]` follows the name of a list. */
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
  readonly fallback: unknown;
  readonly meaning: string | undefined;
};

/** Returns every key of the documents that a schema describes, outer ones first. Forms of a union follow each other. */
export function schemaKeys(root: unknown): readonly SchemaKey[] {
  const document = root as JsonSchema;
  const resolve = (schema: JsonSchema): JsonSchema =>
    schema.$ref === undefined
      ? schema
      : { ...document.$defs?.[schema.$ref.split('/').at(-1) ?? ''], ...withoutReference(schema) };
  const below = (given: JsonSchema, path: string): SchemaKey[] => {
    const schema = resolve(given);
    const inner = schema.items === undefined ? [] : below(schema.items, `${path}[]`);
    const forms = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((form) => below(form, path));
    const own = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
      const at = path === '' ? name : `${path}.${name}`;
      const { description: meaning, default: fallback } = resolve(property);
      const required = schema.required?.includes(name) === true;
      return [{ path: at, type: typeOf(resolve(property)), required, fallback, meaning }, ...below(property, at)];
    });
    return [...own, ...inner, ...forms];
  };
  return below(document, '');
}

const withoutReference = ({ $ref: _, ...schema }: JsonSchema): JsonSchema => schema;

const literal = (value: unknown): string => `\`${String(value)}\``;

function typeOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(literal).join(', ');
  if (schema.anyOf !== undefined || schema.oneOf !== undefined) return 'object or list';
  if (schema.type === 'array') return `list${schema.items?.type === undefined ? '' : ` of ${plural(schema.items)}`}`;
  const type = [schema.type ?? 'any'].flat().join(' or ');
  const { minimum, maximum } = schema;
  if (minimum === undefined) return type;
  return maximum === undefined || maximum > 1e9 ? `${type} ≥ ${minimum}` : `${type}, ${minimum} to ${maximum}`;
}

const plural = (schema: JsonSchema): string => (schema.enum === undefined ? `${typeOf(schema)}s` : typeOf(schema));
