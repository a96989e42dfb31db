import { recommendedPolicy } from '../policy.ts';

const error = {
  description: 'The reason of the error',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
} as const;

const json = (schema: object, description: string) => ({ description, content: { 'application/json': { schema } } });

const parameter = (name: string, schema: object, description: string, required = false) => ({
  name,
  in: 'query',
  required,
  description,
  schema,
});

const pathParameter = (name: string, description: string) => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string' },
});

/**
 * Returns the OpenAPI 3.1 document of the server.
 *
 * @param withProxy whether the registry proxy is enabled
 */
export function openApiDocument(version: string, withProxy: boolean): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'awspip package firewall',
      version,
      description:
        'The reputation of Python packages, and a registry proxy that serves the files that the policy allows.',
    },
    paths: { ...apiPaths, ...(withProxy ? proxyPaths : {}) },
    components: { schemas },
  };
}

/** The names of `isProjectName`. */
const projectName = {
  type: 'string',
  pattern: '^([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9])$',
  maxLength: 255,
} as const;

const apiPaths = {
  '/package-check': {
    get: {
      summary: 'Judge a release',
      parameters: [
        parameter('package_name', projectName, 'Project name in any spelling', true),
        parameter('version', { type: 'string', maxLength: 100 }, 'Default: the newest release'),
        parameter('platform', { type: 'string', enum: ['pypi'], default: 'pypi' }, 'Registry of the package'),
        parameter('explain', { type: 'string', enum: ['true', 'false'] }, 'Adds the evidence for the verdict'),
      ],
      responses: {
        200: json({ $ref: '#/components/schemas/PackageCheck' }, 'The verdict'),
        400: error,
        404: json({ $ref: '#/components/schemas/NotFound' }, 'No such project or version'),
        405: error,
        500: error,
      },
    },
  },
  '/healthz': {
    get: {
      summary: 'Health check with the version of the policy',
      responses: { 200: json({ $ref: '#/components/schemas/Health' }, 'The server is healthy') },
    },
  },
  '/metrics': {
    get: {
      summary: 'Metrics for Prometheus',
      responses: {
        200: { description: 'Text format 0.0.4', content: { 'text/plain': { schema: { type: 'string' } } } },
      },
    },
  },
  '/openapi.json': {
    get: { summary: 'OpenAPI document of this server', responses: { 200: json({ type: 'object' }, 'OpenAPI 3.1') } },
  },
  '/policy.schema.json': {
    get: { summary: 'JSON schema of policy files', responses: { 200: json({ type: 'object' }, 'JSON schema') } },
  },
} as const;

const proxyPaths = {
  '/simple/': {
    get: {
      summary: 'The list of all projects of the index (PEP 503, PEP 691)',
      responses: {
        200: {
          description: 'The list',
          content: {
            'text/html': { schema: { type: 'string' } },
            'application/vnd.pypi.simple.v1+json': { schema: { type: 'object' } },
          },
        },
        404: error,
        406: error,
        504: error,
      },
    },
  },
  '/withheld/{name}': {
    get: {
      summary: 'The releases that the page of a project leaves out, and why',
      parameters: [pathParameter('name', 'Project name')],
      responses: {
        200: json({ $ref: '#/components/schemas/Withheld' }, 'The releases, newest first'),
        404: error,
        504: error,
      },
    },
  },
  '/simple/{name}/': {
    get: {
      summary: 'Index page of a project (PEP 503, PEP 691) without the files that the policy refuses',
      parameters: [pathParameter('name', 'Normalised project name')],
      responses: {
        200: {
          description: 'The index page',
          content: {
            'text/html': { schema: { type: 'string' } },
            'application/vnd.pypi.simple.v1+json': { schema: { type: 'object' } },
          },
        },
        301: { description: 'Redirect to the normalised name' },
        404: error,
        406: error,
        504: error,
      },
    },
  },
  '/files/{name}/{digest}/{filename}': {
    get: {
      summary: 'A distribution file, or its metadata (PEP 658), of a release that the policy allows',
      parameters: [
        pathParameter('name', 'Normalised project name'),
        pathParameter('digest', 'First 16 hex digits of the file’s sha256'),
        pathParameter('filename', 'File name, optionally with the suffix `.metadata`'),
      ],
      responses: {
        200: { description: 'The file', content: { 'application/octet-stream': {} } },
        403: json(
          { $ref: '#/components/schemas/Refusal' },
          'Blocked or on hold; the reason phrase contains the reasons as well',
        ),
        404: error,
        504: error,
      },
    },
  },
} as const;

const texts = { type: 'array', items: { type: 'string' } } as const;

/** The members of every answer of `/package-check`. */
const checkProperties = {
  message: { type: 'string' },
  package_name: { type: 'string', description: 'As in the request' },
  platform: { const: 'pypi' },
  reasons: { type: 'object', additionalProperties: { type: 'string' } },
  risk_level: { enum: ['Green', 'Yellow', 'Red'] },
  score: { type: 'integer', minimum: 0, description: 'Unknown signals count all points' },
  similar_packages: texts,
  status: { enum: ['OK', 'Held', 'Warning'] },
  version: { type: ['string', 'null'], description: 'As in the request' },
} as const;

const schemas = {
  Error: { type: 'object', required: ['error'], properties: { error: { type: 'string' } } },
  Health: {
    type: 'object',
    required: ['status', 'policy_version'],
    properties: {
      status: { const: 'ok' },
      policy_version: { type: 'string', examples: [`${recommendedPolicy.name}-0a1b2c3d`] },
    },
  },
  PackageCheck: {
    type: 'object',
    required: Object.keys(checkProperties),
    properties: {
      ...checkProperties,
      evidence: { type: 'object', description: 'With `explain=true`' },
    },
    additionalProperties: false,
  },
  NotFound: {
    type: 'object',
    required: Object.keys(checkProperties),
    properties: {
      ...checkProperties,
      reasons: { type: 'object', maxProperties: 0 },
      risk_level: { type: 'null' },
      score: { type: 'null' },
      status: { const: 'Not found' },
    },
    additionalProperties: false,
  },
  Withheld: {
    type: 'object',
    required: ['package_name', 'withheld'],
    properties: {
      package_name: { type: 'string' },
      withheld: {
        type: 'array',
        items: {
          allOf: [{ $ref: '#/components/schemas/Refusal' }],
          required: ['files'],
          properties: { files: texts },
        },
      },
    },
    additionalProperties: false,
  },
  Refusal: {
    type: 'object',
    required: ['error', 'outcome', 'package_name', 'version', 'reasons', 'score', 'similar_packages', 'policy_version'],
    properties: {
      error: { type: 'string' },
      outcome: { enum: ['HELD', 'BLOCKED'] },
      package_name: { type: 'string' },
      version: { type: ['string', 'null'] },
      reasons: texts,
      score: { type: 'integer' },
      similar_packages: texts,
      held_until: { type: 'string', format: 'date-time' },
      policy_version: { type: 'string' },
      contact: { type: 'string', description: 'Whom to ask, as the policy says.' },
      hint: { type: 'string' },
    },
  },
} as const;
