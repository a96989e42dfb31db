import { recommendedPolicy } from '../policy.ts';

const error = {
  description: 'What is wrong with the question',
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

const inPath = (name: string, description: string) => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string' },
});

/** The OpenAPI 3.1 document of the server. @param withProxy whether it stands in front of an index */
export function openApiDocument(version: string, withProxy: boolean): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'awspip package firewall',
      version,
      description: 'The reputation of Python packages, and a registry proxy that passes what the policy allows.',
    },
    paths: { ...apiPaths, ...(withProxy ? proxyPaths : {}) },
    components: { schemas },
  };
}

const apiPaths = {
  '/package-check': {
    get: {
      summary: 'Judge a release',
      parameters: [
        parameter('package_name', { type: 'string' }, 'Project name in any spelling', true),
        parameter('version', { type: 'string', maxLength: 100 }, 'The newest release when left out'),
        parameter('platform', { type: 'string', enum: ['pypi'], default: 'pypi' }, 'Where the package comes from'),
        parameter('explain', { type: 'string', enum: ['true', 'false'] }, 'Adds the evidence behind the answer'),
      ],
      responses: { 200: json({ $ref: '#/components/schemas/PackageCheck' }, 'The verdict'), 400: error, 500: error },
    },
  },
  '/healthz': {
    get: {
      summary: 'Whether the server runs, and under which policy',
      responses: { 200: json({ $ref: '#/components/schemas/Health' }, 'It runs') },
    },
  },
  '/metrics': {
    get: {
      summary: 'Counts and times for Prometheus',
      responses: {
        200: { description: 'Text format 0.0.4', content: { 'text/plain': { schema: { type: 'string' } } } },
      },
    },
  },
  '/openapi.json': { get: { summary: 'This document', responses: { 200: json({ type: 'object' }, 'OpenAPI 3.1') } } },
  '/policy.schema.json': {
    get: { summary: 'JSON schema of policy files', responses: { 200: json({ type: 'object' }, 'JSON schema') } },
  },
} as const;

const proxyPaths = {
  '/simple/{name}/': {
    get: {
      summary: 'A project’s page (PEP 503, 691) without releases younger than the cooldown',
      parameters: [inPath('name', 'Normalised project name')],
      responses: {
        200: {
          description: 'The page',
          content: {
            'text/html': { schema: { type: 'string' } },
            'application/vnd.pypi.simple.v1+json': { schema: { type: 'object' } },
          },
        },
        301: { description: 'The name has a normal form' },
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
        inPath('name', 'Normalised project name'),
        inPath('digest', 'First 16 hex digits of its sha256'),
        inPath('filename', 'Its name, or that with `.metadata`'),
      ],
      responses: {
        200: { description: 'The file', content: { 'application/octet-stream': {} } },
        403: json({ $ref: '#/components/schemas/Refusal' }, 'Refused; the reason phrase says why, too'),
        404: error,
        504: error,
      },
    },
  },
} as const;

const texts = { type: 'array', items: { type: 'string' } } as const;

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
    required: [
      'message',
      'package_name',
      'platform',
      'reasons',
      'risk_level',
      'score',
      'similar_packages',
      'status',
      'version',
    ],
    properties: {
      message: { type: 'string' },
      package_name: { type: 'string', description: 'As it was asked for' },
      platform: { const: 'pypi' },
      reasons: { type: 'object', additionalProperties: { type: 'string' } },
      risk_level: { enum: ['Green', 'Yellow', 'Red'] },
      score: { type: 'integer', minimum: 0, description: 'Unknown signals count in full' },
      similar_packages: texts,
      status: { enum: ['OK', 'Held', 'Warning'] },
      version: { type: ['string', 'null'], description: 'As it was asked for' },
      evidence: { type: 'object', description: 'With `explain=true`' },
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
      hint: { type: 'string' },
    },
    additionalProperties: false,
  },
} as const;
