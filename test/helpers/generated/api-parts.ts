import { openApiDocument } from '../../../src/firewall/serve/openapi.ts';
import { markdownTable } from '../markdown-table.ts';

type Operation = {
  readonly summary: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly description: string;
    readonly schema: { readonly enum?: readonly string[] };
  }[];
  readonly responses: Readonly<Record<string, { readonly description?: string }>>;
};

const valuesOf = (values: readonly string[] = []): string =>
  values.length === 0 ? '' : `: ${values.map((value) => `\`${value}\``).join(' or ')}`;

/** Returns the tables of the firewall's HTTP API, from its OpenAPI document. */
export function apiParts(): [name: string, content: string][] {
  const { paths } = openApiDocument('0', true) as { paths: Readonly<Record<string, { readonly get: Operation }>> };
  const operations = Object.entries(paths).map(([path, { get }]) => ({ path, ...get }));
  const statuses = ({ responses }: Operation): string => Object.keys(responses).join(', ');
  const parameters = operations.flatMap(({ path, parameters: named = [] }) =>
    named.map(({ name, in: place, required, description, schema }) => [
      `\`${path}\``,
      `\`${name}\``,
      place,
      required ? 'yes' : '',
      description + valuesOf(schema.enum),
    ]),
  );
  return [
    [
      'firewall paths',
      markdownTable(
        ['path', 'answer', 'status'],
        operations.map((operation) => [`\`${operation.path}\``, operation.summary, statuses(operation)]),
      ),
    ],
    ['firewall parameters', markdownTable(['path', 'parameter', 'in', 'required', 'meaning'], parameters)],
  ];
}
