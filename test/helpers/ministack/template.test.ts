import { expect, test } from 'vitest';
import type { Template } from '../../../src/infra/synthesize.ts';
import { emulatedTemplate } from './template.ts';

const resource = (Type: string, rest: object = {}) => ({ Type, Properties: {}, ...rest });

test('resources that the emulator lacks are left out, and nothing depends on them', () => {
  const template = {
    Resources: {
      Domain: resource('AWS::CodeArtifact::Domain'),
      Trail: resource('AWS::CloudTrail::Trail'),
      One: resource('AWS::S3::Bucket', { DependsOn: 'Domain' }),
      Two: resource('AWS::S3::Bucket', { DependsOn: ['Trail', 'One'] }),
    },
    Outputs: {},
    Parameters: { BootstrapVersion: {} },
    Rules: { CheckBootstrapVersion: {} },
  } as unknown as Template;
  expect(emulatedTemplate(template, () => ({}))).toEqual({
    Resources: {
      One: resource('AWS::S3::Bucket'),
      Two: resource('AWS::S3::Bucket', { DependsOn: ['One'] }),
    },
    Outputs: {},
  });
});

test('each function keeps its variables and receives its own additional ones', () => {
  const functionNamed = (FunctionName: string) => ({
    Type: 'AWS::Lambda::Function',
    Properties: { FunctionName, Environment: { Variables: { TABLE: 't' } } },
  });
  const template = { Resources: { A: functionNamed('a'), B: functionNamed('b') }, Outputs: {} };
  expect(emulatedTemplate(template, (name) => ({ ADDRESS: `http://${name}` }))).toMatchObject({
    Resources: {
      A: { Properties: { FunctionName: 'a', Environment: { Variables: { TABLE: 't', ADDRESS: 'http://a' } } } },
      B: { Properties: { Environment: { Variables: { TABLE: 't', ADDRESS: 'http://b' } } } },
    },
  });
});
