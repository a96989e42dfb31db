import type { Task } from '../../../src/local/types.ts';
import { stackNames } from '../../helpers/stack-names.ts';

/** A document with the features that the deployed one uses: lambda:invoke, Map, Choice, Retry, Catch, Wait, Fail. */
export const smallDefinition = {
  StartAt: 'Plan',
  States: {
    Plan: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Parameters: { FunctionName: 'arn:aws:lambda:us-east-1:000000000000:function:awspip-plan', 'Payload.$': '$' },
      OutputPath: '$.Payload',
      Retry: [{ ErrorEquals: ['Unsteady'], IntervalSeconds: 1, MaxAttempts: 2 }],
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Failed' }],
      Next: 'Each',
    },
    Each: {
      Type: 'Map',
      ItemsPath: '$.items',
      MaxConcurrency: 2,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'INLINE' },
        StartAt: 'Work',
        States: {
          Work: {
            Type: 'Task',
            Resource: 'arn:aws:states:::lambda:invoke',
            Parameters: { FunctionName: 'awspip-work', 'Payload.$': '$' },
            OutputPath: '$.Payload',
            End: true,
          },
        },
      },
      ResultPath: '$.done',
      Next: 'Enough',
    },
    Enough: {
      Type: 'Choice',
      Choices: [{ Variable: '$.again', BooleanEquals: true, Next: 'Pause' }],
      Default: 'Done',
    },
    Pause: { Type: 'Wait', Seconds: 60, Next: 'Done' },
    Done: { Type: 'Pass', End: true },
    Failed: { Type: 'Fail', ErrorPath: '$.error.Error', CausePath: '$.error.Cause' },
  },
};

export const smallTasks = (calls: unknown[] = []): Record<string, Task> => ({
  plan: async (input: { items?: unknown[]; again?: boolean; fail?: string }) => {
    calls.push(input);
    if (input.fail) throw Object.assign(new Error('on purpose'), { name: input.fail });
    return { items: input.items ?? [], again: input.again ?? false };
  },
  work: async (item: number) => item * 2,
});

/** The pattern of the deployed rule for a project that secure-pypi does not have. */
export const smallPattern = {
  source: ['aws.codeartifact'],
  'detail-type': ['AWS API Call via CloudTrail'],
  detail: {
    eventSource: ['codeartifact.amazonaws.com'],
    eventName: ['ReadFromRepository'],
    requestParameters: {
      domainName: [stackNames.domain],
      repositoryName: [stackNames.secure],
      packageFormat: ['pypi'],
    },
    errorCode: [{ exists: true }],
    userAgent: [{ 'anything-but': { prefix: 'awspip/' } }],
  },
};

export const smallInput = {
  InputPathsMap: { package: '$.detail.requestParameters.packageName', userAgent: '$.detail.userAgent' },
  InputTemplate: '{"package": <package>, "userAgent": <userAgent>}',
};
